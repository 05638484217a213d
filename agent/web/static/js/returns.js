/** Asking the agent what of a bill may still come back, and words about goods that do. */
import { computed } from '../vendor/signals.js';
import { t } from './i18n.js';
import { snapshot, totals } from './state.js';

/** A bill's number as a part of an address; its strokes stay. */
export const inPath = (number) => number.split('/').map(encodeURIComponent).join('/');

/** What may come back of a bill: {ok, text, data}; text is the refusal in words. Never rejects. */
export async function lookUp(number) {
  try {
    const answer = await fetch(`/api/bills/${inPath(number)}/returnable`, { signal: AbortSignal.timeout(8000) });
    const said = await answer.json();
    return { ok: answer.ok && said.ok === true, text: said.text || t('agent.refused'), data: said.data ?? {} };
  } catch {
    return { ok: false, text: t('return.not_looked'), data: {} };
  }
}

/** Whether the organisation lets a bill be given to a member afterwards; an agent that does not say is asked. */
export const retroAllowed = () => snapshot.value?.rules?.retro !== false;

/** Whether this till takes goods back without their bill; an agent that does not say is asked. */
export const unknownAllowed = () => snapshot.value?.rules?.unknown_bill_returns !== false;

/** Whether the open sale gives money back rather than takes it. */
export const givesBack = () => back.value;
const back = computed(() => (totals.value?.settled_minor ?? 0) < 0);

/** The amount of a bill that is done, without its sign; what was given back is what was given in money, down to nothing: {back, label, amount}. */
export function billWords({ due_minor: due, settled_minor: settled }) {
  const back = due < 0 && settled <= 0;
  return { back, label: t(back ? 'total.given_back' : 'total.title'), amount: back ? Math.abs(settled) : Math.max(due, settled) };
}

/** What is to pay in money, or to give back, without its sign: {label, amount}. The word says which. */
export function dueWords(settledMinor) {
  return { label: t(settledMinor < 0 ? 'total.back' : 'total.due'), amount: Math.abs(settledMinor) };
}

/** Whether nothing was sold on it: it may have given 0.00, and an exchange that gave money is none. */
export const isCreditNote = (bill) => bill.kind === 'return';

const isReturn = (bill) => bill.kind.includes('return');

/** What a past bill came to; what came back stands below zero, however the cloud writes it. */
export const pastMinor = (bill) => (isReturn(bill) ? -Math.abs(bill.amount_minor) : bill.amount_minor);

/** The word for a past bill that was a return; empty for any other. */
export const returnWord = (bill) => (isReturn(bill) ? t('history.kind.return') : '');
