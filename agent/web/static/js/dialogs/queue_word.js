/** A person's word on a call that waits: why it is tried again, what was paid for it, or why it is given up. */
import { useSignal } from '../../vendor/signals.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { connected, openDialog, say, stillOpen } from '../state.js';
import { Choice, Field, Reasons, typeAnew, useReason } from './fields.js';
import { Letters, LettersButton } from './number_pad.js';
import { about, owedWords } from './queue.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

const TENDERS = ['cash', 'upi', 'card', 'other'];

/** What became of a call is said in the list it came from, unless the cashier has left that meanwhile. */
function useBack(row) {
  const back = (said) => openDialog('queue', { chosen: row.id, said });
  const backWhenDone = async (promise) => {
    const still = stillOpen();
    const answer = await promise;
    if (answer.ok && still()) back(answer.text);
    else if (answer.ok) say('ok', answer.text);
    return answer;
  };
  return { back, backWhenDone };
}

/** The frame the three share: what it is about, its fields, and the way back to the list. */
function WordDialog({ purpose, row, body, ready = true, why, kind = 'primary', onRefused, children }) {
  const { busy, refused, run } = useCommand();
  const { back, backWhenDone } = useBack(row);
  const send = async () => {
    if (why && !why.given()) return;
    const answer = await backWhenDone(run(`/api/queue/${purpose}`, { row: row.id, ...body() }));
    if (!answer.ok) onRefused?.(answer);
  };
  return html`<${Dialog} name="queue_word" title=${t(`queue.word.${purpose}`)} keys=${why?.keys} onBack=${() => back()}>
    <${Form} onSubmit=${send} submit=${t(`queue.verb.${purpose}`)} busy=${busy.value} refused=${refused.value}
        disabled=${!ready} kind=${kind} extra=${html`<${LettersButton} />`}>
      <p class="subject">${about(row)}</p>
      ${children}
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}

/** A redemption that wants a fresh code: Enter has one sent, and with what the customer read out tries again. */
function CodeWord({ row }) {
  const { busy, refused, run } = useCommand();
  const code = useSignal('');
  const sent = useSignal('');
  const otp = code.value.trim();
  const { back, backWhenDone } = useBack(row);
  const ask = async () => {
    const answer = await run('/api/queue/code', { row: row.id });
    sent.value = answer.ok ? answer.text : '';
  };
  const retry = () => backWhenDone(run('/api/queue/retry', { row: row.id, otp }));
  const letters = html`<${LettersButton} />`;
  const again = html`<${Button} label=${t('points.again')} disabled=${busy.value || !connected.value} onPress=${ask} />`;
  return html`<${Dialog} name="queue_word" title=${t('queue.word.retry')} onBack=${() => back()}>
    <${Form} onSubmit=${otp ? retry : ask} submit=${t(otp ? 'queue.verb.retry' : 'points.send')} busy=${busy.value}
        refused=${refused.value} extra=${sent.value ? again : letters}>
      <p class="subject">${about(row)}</p>
      <p>${t('queue.fresh_code')}</p>
      ${sent.value && html`<p class="notice good" role="status">${sent.value}</p>`}
      <${Field} label=${t('points.code')} text=${code} first=${true} autocomplete="one-time-code" data-otp=${true} />
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}

function RetryWord({ row }) {
  if (row.choices.includes('retry-code')) return html`<${CodeWord} row=${row} />`;
  return html`<${AnewWord} row=${row} />`;
}

function AnewWord({ row }) {
  const why = useReason('retry');
  return html`<${WordDialog} purpose="retry" row=${row} why=${why} body=${() => ({ reason: why.text })}>
    <p>${t('queue.anew')}</p>
    <${Reasons} why=${why} first=${true} />
  </${WordDialog}>`;
}

function SettleWord({ row }) {
  const tender = useSignal('cash');
  const reference = useSignal('');
  // The cloud could not be asked whether it has it after all: who presses once more has read that.
  const unchecked = useSignal(false);
  const needed = tender.value === 'card' || tender.value === 'upi';
  const typed = tender.value === 'cash' ? '' : reference.value.trim();
  const options = TENDERS.map((value) => ({ value, label: t(`tender.${value}`) }));
  return html`<${WordDialog} purpose="settle" row=${row} ready=${typed || !needed}
      onRefused=${({ code }) => { unchecked.value = code === 'not-checked'; }}
      body=${() => ({ tender: tender.value, reference: typed, unchecked: unchecked.value })}>
    <p class="balance">${t('queue.take', { amount: owedWords(row) })}</p>
    <${Choice} label=${t('tender.way')} options=${options} chosen=${tender} kind="four" first=${true} />
    ${tender.value !== 'cash' && html`<${Field} label=${t('tender.reference')} text=${reference} />`}
  </${WordDialog}>`;
}

function WaiveWord({ row, supervisors }) {
  const why = useReason('waive');
  const name = useSignal(supervisors[0] ?? '');
  const pin = useSignal('');
  const names = supervisors.map((value) => ({ value, label: value }));
  return html`<${WordDialog} purpose="waive" row=${row} ready=${name.value && pin.value} why=${why} kind="primary danger" onRefused=${(answer) => answer.code.startsWith('supervisor-') && typeAnew(answer, pin, 'pin')}
      body=${() => ({ reason: why.text, supervisor: name.value, pin: pin.value })}>
    <p>${t('queue.for_good')}</p>
    <${Reasons} why=${why} first=${true} />
    ${names.length ? html`<div class="two">
      <${Choice} label=${t('queue.supervisor')} options=${names} chosen=${name} />
      <${Field} label=${t('queue.pin')} text=${pin} type="password" autocomplete="new-password" data-pin=${true} />
    </div>` : html`<p class="notice warn">${t('queue.no_supervisor')}</p>`}
  </${WordDialog}>`;
}

const WORDS = { retry: RetryWord, settle: SettleWord, waive: WaiveWord };

/** QueueWordDialog({purpose, row, supervisors}): purpose is a key of WORDS, row one of GET /api/queue. */
export function QueueWordDialog({ purpose, row, supervisors }) {
  const Word = WORDS[purpose];
  return html`<${Word} row=${row} supervisors=${supervisors} />`;
}
