/**
 * F12: paying. Open exactly while the agent says the sale is tendering or covered, so a reload or a restart comes
 * back to it. Enter gives what is typed (or the whole balance), then finishes; Finish waits until all is covered.
 */
import { useLayoutEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { finish, refusal, tell, wantedWay } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { likelyCash, money, parseDecimal } from '../money.js';
import { Explanation, Redeemed } from '../panels/total.js';
import { dueWords, givesBack } from '../returns.js';
import { completionKey, connected, phase, sale, till, totals } from '../state.js';
import { Choice, Field } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Refused, useCommand } from './dialog_frame.js';

const WAYS = { cash: 'F7', upi: 'F8', card: 'F9', other: 'F11' };

function Given({ disabled }) {
  return html`<ul class="given" aria-label=${t(givesBack() ? 'tender.given_back' : 'tender.given')}>
    ${sale.value.tenders.toReversed().map((tender) => html`<li key=${tender.no}>
      <span class="name">${t(`tender.${tender.type}`)}${tender.reference && html`<span class="under">${tender.reference}</span>`}</span>
      <span class="figure">${money(Math.abs(tender.amount_minor), till.value)}</span>
      <${Button} label=${t('tender.remove')} disabled=${disabled} onPress=${() => tell('/api/tender/remove', { no: tender.no })} />
    </li>`)}
  </ul>`;
}

/** What is still to pay or to give back: the largest figure there is. */
function rest(covered) {
  const sum = totals.value;
  if (givesBack()) return covered ? [t('total.given_back'), -sum.settled_minor] : [t('total.refund'), sum.refund_minor];
  return covered ? [t('total.change'), sum.change_minor] : [t('total.balance'), sum.balance_minor];
}

/** An amount of lakhs is written smaller, one of crores smaller still, so that the last digits are on the screen too. */
function long(amount) {
  const { length } = money(amount, till.value);
  return length > 14 ? 'longest' : length > 11 ? 'long' : '';
}

function Rest() {
  const covered = phase.value === 'covered';
  const [words, amount] = rest(covered);
  return html`<div class=${`rest ${covered ? 'covered' : ''}`} aria-live="polite">
    <p class="caption" data-rest-words>${words}</p>
    ${covered && !amount ? html`<p class="figure nothing" data-rest>${t('result.no_change')}</p>`
      : html`<p class=${`figure ${long(amount)}`} data-rest>${money(amount, till.value)}</p>`}
  </div>`;
}

/** What a payment without a typed amount is: all that is still to pay, or to give back. */
const open = () => (givesBack() ? totals.value.refund_minor : totals.value.balance_minor);

function QuickCash({ way, give, disabled }) {
  const balance = open();
  const amounts = way === 'cash' && !givesBack() ? likelyCash(balance, till.value.quick_cash_minor) : [];
  return html`<div class="quick" role="group" aria-label=${t('tender.quick')}>
    <${Button} label=${t(givesBack() ? 'tender.all' : 'tender.exact')} kind="strong" disabled=${disabled || balance <= 0} onPress=${() => give(balance)} data-exact=${true} />
    ${amounts.map((amount) => html`<${Button} key=${amount} label=${money(amount, till.value)} disabled=${disabled}
      onPress=${() => give(amount)} data-quick=${amount} />`)}
  </div>`;
}

/** The entry: way, amount, reference; and what may be done with it. */
function useEntry() {
  const way = useSignal(wantedWay);
  const text = useSignal('');
  const reference = useSignal('');
  const problem = useSignal('');
  const { busy, refused, run, forget } = useCommand();
  const give = async (amount) => {
    if (busy.value) return;
    const sent = [way.value, text.value, reference.value];
    const answer = await run('/api/tender/add', { type: sent[0], amount_minor: amount, reference: sent[2].trim() });
    const untouched = sent[0] === way.value && sent[1] === text.value && sent[2] === reference.value;
    if (!answer.ok) return;
    // What was chosen or typed meanwhile is the next payment; what still stands there was this one's.
    if (text.value === sent[1]) text.value = '';
    if (reference.value === sent[2]) reference.value = '';
    if (untouched) way.value = 'cash';
  };
  const giveTyped = () => {
    const typed = text.value.trim();
    const amount = typed ? parseDecimal(typed, till.value.exponent, till.value.locale) : open();
    problem.value = amount ? '' : t('amount.problem');
    if (amount) give(amount);
  };
  return { way, text, reference, problem, busy, refused, forget, give, giveTyped };
}

function Entry({ entry, covered }) {
  const { way, text, reference, problem, busy, refused, give, giveTyped } = entry;
  const options = Object.entries(WAYS).map(([value, cap]) => ({ value, label: t(`tender.${value}`), cap }));
  const send = (event) => {
    event.preventDefault();
    giveTyped();
  };
  const stopped = covered || busy.value || !connected.value;
  return html`<form class="tender-entry" onSubmit=${send} novalidate autocomplete="off">
    <${Choice} label=${t(givesBack() ? 'tender.way_back' : 'tender.way')} options=${options} chosen=${way} kind="four ways" onChoose=${focusEntry} />
    <div class="beside">
      <${Field} label=${t('tender.amount')} text=${text} problem=${problem.value} first=${true} mode="decimal" kind="big"
        disabled=${covered} data-amount=${true} />
      ${way.value === 'cash' ? null : html`<${Field} label=${t('tender.reference')} text=${reference} disabled=${covered} data-reference=${true} />`}
      <${Button} type="submit" label=${t(givesBack() ? 'tender.give' : 'tender.add')} cap=${covered ? null : 'Enter'} disabled=${stopped} />
    </div>
    <div class="pad-and-quick"><${NumberPad} />
      <div class="beside-pad"><${Refused} text=${refused.value} /><${QuickCash} way=${way.value} give=${give} disabled=${stopped} /></div>
    </div>
  </form>`;
}

/** To the field that is typed next: the reference when the amount is the whole balance by card or UPI. */
function focusEntry() {
  const box = document.querySelector('dialog[open] [data-reference]:not(:disabled)')
    ?? document.querySelector('dialog[open] [data-amount]:not(:disabled)');
  box?.focus();
}

function useFinish() {
  const busy = useSignal(false);
  const refused = useSignal('');
  const run = async () => {
    if (busy.value || phase.value !== 'covered' || !connected.value) return;
    busy.value = true;
    const answer = await finish();
    busy.value = false;
    refused.value = refusal(answer);
  };
  return { busy, refused, run };
}

export function TenderDialog() {
  const entry = useEntry();
  const done = useFinish();
  const covered = phase.value === 'covered';
  const due = dueWords(totals.value.settled_minor);
  useLayoutEffect(() => {
    completionKey();
  }, []);
  useLayoutEffect(() => {
    if (covered) document.querySelector('dialog [data-finish]')?.focus();
    else focusEntry();
  }, [covered, entry.way.value]);
  useLayoutEffect(entry.forget, [entry.way.value]); // of another way something else may be right
  const choose = (way) => () => {
    if (!covered) entry.way.value = way;
  };
  const enter = (event) => {
    const otherButton = event.target.closest?.('button:not([data-finish])');
    if (!covered || otherButton) return false;
    done.run();
    return true;
  };
  const keys = { ...Object.fromEntries(Object.entries(WAYS).map(([way, key]) => [key, choose(way)])), Enter: enter };
  return html`<${Dialog} name="tender" title=${t(givesBack() ? 'tender.back_title' : 'tender.title')} kind="full" keys=${keys} onBack=${() => tell('/api/tender/back')}
      backLabel=${t('tender.back')}>
    <div class="tender">
      <section class="tender-sum" aria-label=${due.label}>
        <p class="caption" data-due-words>${due.label}</p>
        <p class=${`figure due ${long(due.amount)}`} data-due>${money(due.amount, till.value)}</p>
        <${Redeemed} />
        <${Explanation} />
        <${Given} disabled=${done.busy.value || !connected.value} />
        <${Rest} />
        <${Refused} text=${done.refused.value} />
        <${Button} label=${t(done.busy.value ? 'dialog.busy' : 'tender.finish')} cap=${covered ? 'Enter' : null} kind="primary giant-button"
          disabled=${!covered || done.busy.value || !connected.value} onPress=${done.run} data-finish=${true} />
      </section>
      <${Entry} entry=${entry} covered=${covered} />
    </div>
  </${Dialog}>`;
}
