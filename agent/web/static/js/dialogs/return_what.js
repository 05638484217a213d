/** What of a bill comes back, and why: single lines, all of it, money alone, or an order cancelled before delivery. */
import { useLayoutEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money, parseDecimal, quantity } from '../money.js';
import { retroAllowed } from '../returns.js';
import { openDialog, till } from '../state.js';
import { Choice, Field, Reasons, useReason } from './fields.js';
import { Letters, LettersButton, lettersShown, NumberPad } from './number_pad.js';
import { moment } from './queue.js';
import { BackLines, chosenLines, quantityKeys, useQuantities } from './return_lines.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** The ways a bill comes back: the agent's name of each, and its key. */
const WAYS = { LINE_ITEM: 'F7', FULL: 'F8', AMOUNT: 'F9', CANCELLED: 'F11' };

function Facts({ bill }) {
  const who = bill.customer || t(bill.member ? 'return.member' : 'return.no_member');
  return html`<dl class="return-facts">
    <div><dt>${t('return.bought')}</dt><dd>${moment(bill.at)}</dd></div>
    <div><dt>${t('return.whose')}</dt><dd>${who}</dd></div>
    <div><dt>${t('return.paid')}</dt><dd class="figure">${money(bill.due_minor, till.value)}</dd></div>
    <div><dt>${t('return.left')}</dt><dd class="figure" data-left>${money(bill.left_minor, till.value)}</dd></div>
  </dl>`;
}

/** All that is on the bill, to be looked over; nothing of it can be left out. */
function Whole({ bill, way }) {
  return html`<p class="notice">${t(way === 'FULL' ? 'return.about_full' : 'return.about_cancelled')}</p>
    <ul class="back-lines" tabindex="0" aria-label=${t('return.all_lines')}>
      ${bill.lines.map((line) => html`<li key=${line.no} class="back-line">
        <span class="what"><span class="name">${line.name}</span></span>
        <span>${quantity(line.qty_milli, line, till.value.locale)}</span>
        <span class="figure">${money(line.amount_minor, till.value)}</span>
      </li>`)}
    </ul>`;
}

/** Points or a coupon paid for some of it: parts of the bill give back only what was paid in money. */
function InMoney({ bill }) {
  if (bill.cash_minor >= bill.left_minor) return null;
  return html`<p class="notice warn">${t('return.in_money', { amount: money(bill.cash_minor, till.value) })}</p>`;
}

/** The fields of a return: the way, quantities by line, an amount, the reason. */
function useReturn(bill) {
  const ways = Object.keys(WAYS).filter((way) => bill.hows.includes(way));
  const nothingSingle = !bill.lines.some((line) => line.single && line.left_milli > 0);
  const first = nothingSingle && ways.includes('FULL') ? 'FULL' : ways[0];
  return {
    ways, way: useSignal(first ?? ''), quantities: useQuantities(bill.lines), amount: useSignal(''),
    problem: useSignal(''), why: useReason('return'),
  };
}

/** What is sent for the chosen way: [path, fields], or null with the problem said. */
function wanted(entry, bill) {
  const { exponent, locale } = till.value;
  if (entry.way.value === 'LINE_ITEM') {
    const lines = chosenLines(bill.lines, entry.quantities, locale);
    entry.problem.value = lines === null ? t('return.too_many') : lines.length ? '' : t('return.none_chosen');
    return entry.problem.value ? null : ['/api/return/lines', { lines }];
  }
  if (entry.way.value === 'AMOUNT') {
    const amount = parseDecimal(entry.amount.value, exponent, locale);
    entry.problem.value = amount ? '' : t('amount.problem');
    return amount ? ['/api/return/money', { amount_minor: amount }] : null;
  }
  return ['/api/return/whole', { cancelled: entry.way.value === 'CANCELLED' }];
}

function What({ bill, entry, refused }) {
  const way = entry.way.value;
  if (way === 'LINE_ITEM') {
    return html`<${InMoney} bill=${bill} /><${BackLines} lines=${bill.lines} quantities=${entry.quantities} problem=${refused ? '' : entry.problem.value} />`;
  }
  if (way !== 'AMOUNT') return html`<${Whole} bill=${bill} way=${way} />`;
  const sets = bill.lines.filter((line) => !line.single && line.left_milli > 0)
    .map((line) => `${line.name} ${money(line.amount_minor, till.value)}`).join(', ');
  return html`<${InMoney} bill=${bill} />
    <${Field} label=${t('return.amount')} text=${entry.amount} problem=${entry.problem.value} first=${true} mode="decimal" kind="big"
      suffix=${till.value.currency} hint=${sets ? t('return.amount_hint_set', { sets }) : t('return.amount_hint')} data-back-amount=${true} />`;
}

/** To what is typed next in the chosen way, before the next key comes. */
function useFocus(way) {
  useLayoutEffect(() => {
    const box = document.querySelector('dialog[open] :is([data-back-amount], [data-back-qty])')
      ?? document.querySelector('dialog[open] .ways :checked');
    box?.focus();
  }, [way]);
}

/** ReturnWhat({bill, onOther}): bill is what the agent said of it; onOther goes back to choosing one. */
export function ReturnWhat({ bill, onOther }) {
  const entry = useReturn(bill);
  const { ways, way, why, quantities } = entry;
  const { typing } = why;
  const letters = typing && lettersShown.value; // on a screen without a keyboard own words have it to themselves
  const { busy, refused, run } = useCommand();
  useFocus(way.value);
  const choose = (one) => () => {
    way.value = one;
  };
  const send = () => {
    const body = wanted(entry, bill);
    if (body && why.given()) closeWhenDone(run(body[0], { number: bill.number, reason: why.text, ...body[1] }));
  };
  const options = ways.map((one) => ({ value: one, label: t(`return.way.${one}`), cap: WAYS[one] }));
  const keys = { ...why.keys, ...quantityKeys(bill.lines, quantities), ...Object.fromEntries(ways.map((one) => [WAYS[one], choose(one)])) };
  return html`<${Dialog} name="return" title=${t('return.of', { number: bill.number })} kind=${letters ? 'tall wide return foot-beside' : 'tall wide with-pad return'} keys=${keys}>
    <${Form} onSubmit=${send} submit=${t('return.take')} busy=${busy.value} refused=${refused.value} disabled=${!ways.length} extra=${html`
        ${!letters && html`<${Button} label=${t('return.other')} onPress=${onOther} />`}
        ${!bill.member && !letters && retroAllowed() && html`<${Button} label=${t('tag.do')} onPress=${() => openDialog('tag', { number: bill.number })} data-tag=${true} />`}
        ${typing && html`<${LettersButton} />`}`}>
      ${!letters && html`<${Facts} bill=${bill} />`}
      ${ways.length ? html`
        ${!letters && html`<${Choice} label=${t('return.way')} options=${options} chosen=${way} kind="four ways" />
          <${What} bill=${bill} entry=${entry} refused=${refused.value} />`}
        <${Reasons} why=${why} kind="four" />`
        : html`<p class="notice warn" role="alert">${t('return.nothing_left')}</p>`}
    </${Form}>
    ${letters ? html`<${Letters} />` : html`<${NumberPad} />`}
  </${Dialog}>`;
}
