/** A completed bill in a few words: number, due, change, and what is known of its paper and its way to the cloud. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { billWords } from '../returns.js';
import { till } from '../state.js';

/** What is known of a bill's paper, in words. */
export function printWords(state) {
  return t(`print.${state}`);
}

/** Whether the customer stands there without paper. */
export const noPaper = (bill) => bill.print === 'failed' || bill.print === 'held';

/** What is known of a bill's way to the cloud, in words. */
export function syncWords(state) {
  return t(`sync.${state}`);
}

export function BillState({ bill, title }) {
  const due = billWords(bill);
  return html`<dl class="bill-state" aria-label=${title}>
    <dt>${title}</dt><dd>${bill.number}</dd>
    <dt>${due.label}</dt><dd class="figure">${money(due.amount, till.value)}</dd>
    ${!due.back && html`<dt>${t('total.change')}</dt><dd class="figure">${money(bill.change_minor, till.value)}</dd>`}
    <dt>${t('receipt.title')}</dt><dd class=${noPaper(bill) ? 'bad-words' : ''}>${printWords(bill.print)}</dd>
    <dt>${t('sync.title')}</dt><dd>${syncWords(bill.sync)}</dd>
  </dl>`;
}
