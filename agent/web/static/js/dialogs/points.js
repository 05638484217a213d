/** F6: points as payment. How many; the code goes to the customer's phone; the customer says it; the points count. */
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { milli, money, parseDecimal, typedMilli } from '../money.js';
import { balanceWords, customerName, identifier, pointsLeft, pointsWorth } from '../panels/customer_card.js';
import { connected, openDialog, sale, saleOver, till, totals } from '../state.js';
import { Field, typeAnew } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** As many whole points as the bill can use, all that are there if those are fewer; as typed text. */
function mostPoints(customer) {
  const rate = customer.point_value_minor;
  const needed = rate ? Math.floor(totals.value.points_most_minor / rate) * 1000 : pointsLeft(customer);
  const most = Math.min(pointsLeft(customer), needed);
  return typedMilli(most, till.value.locale);
}

function NoCustomer() {
  return html`<${Dialog} name="points" title=${t('points.title')}>
    <${Form} onSubmit=${() => openDialog('customer')} submit=${t('points.find_customer')}>
      <p class="subject">${t('points.no_customer')}</p>
    </${Form}>
  </${Dialog}>`;
}

function Applied({ points, busy, onRemove }) {
  return html`<div class="applied">
    <p>${t('points.applied', { points: milli(points.points_milli, till.value.locale) })} <span class="figure">${money(-points.value_minor, till.value)}</span></p>
    <${Button} label=${t('points.remove')} disabled=${busy || !connected.value} onPress=${onRemove} />
  </div>`;
}

/** sent: how many points the code is for that this customer, who, was sent. */
function useSteps() {
  const sent = useSignal(null);
  const who = useSignal('');
  const amount = useSignal('');
  const code = useSignal('');
  const problem = useSignal('');
  useLayoutEffect(() => {
    if (sent.value !== null) document.querySelector('[data-otp]')?.focus();
  }, [sent.value]);
  return { sent, who, amount, code, problem };
}

export function PointsDialog() {
  const { sent, who, amount, code, problem } = useSteps();
  const { busy, refused, run } = useCommand();
  const mine = useRef(sale.value); // of a sale that is over the fields stay as they are for the last keys
  if (!saleOver.value) mine.current = sale.value;
  const { customer, points } = mine.current;
  if (!customer) return html`<${NoCustomer} />`;
  const wanted = parseDecimal(amount.value, 3, till.value.locale);
  const coded = sent.value !== null && sent.value === wanted && who.value === identifier(customer);
  const ask = async () => {
    const answer = await run('/api/points/otp', { points_milli: wanted });
    if (answer.ok) [sent.value, who.value] = [wanted, identifier(customer)];
  };
  const use = async () => {
    const answer = await closeWhenDone(run('/api/points/apply', { points_milli: wanted, otp: code.value.trim() }));
    typeAnew(answer, code, 'otp');
  };
  const submit = () => {
    problem.value = wanted ? '' : t('points.problem');
    if (!wanted) return;
    if (coded) use();
    else ask();
  };
  const worth = wanted ? pointsWorth(wanted, customer) : null;
  return html`<${Dialog} name="points" title=${t('points.title')} kind="with-pad">
    <${Form} onSubmit=${submit} submit=${t(coded ? 'points.use' : 'points.send')} busy=${busy.value} refused=${refused.value}
        disabled=${coded && !code.value.trim()}
        extra=${coded && html`<${Button} label=${t('points.again')} disabled=${busy.value || !connected.value} onPress=${ask} />`}>
      ${points && html`<${Applied} points=${points} busy=${busy.value} onRemove=${() => closeWhenDone(run('/api/points/remove', {}))} />`}
      <p class="subject"><bdi>${customerName(customer)}</bdi> <span class="quiet">${balanceWords(customer)}</span></p>
      <div class="beside">
        <${Field} label=${t('points.label')} text=${amount} problem=${problem.value} first=${true} mode="decimal" kind="big"
          hint=${worth === null ? '' : t('points.worth', { worth: money(worth, till.value) })} />
        ${pointsLeft(customer) ? html`<${Button} label=${t('points.most')} onPress=${() => { amount.value = mostPoints(customer); }} />` : null}
      </div>
      ${coded && html`<${Field} label=${t('points.code')} text=${code} mode="numeric" kind="big" data-otp=${true} hint=${t('points.sent')} />`}
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
