/** All the bills the cloud knows of the sale's customer, beyond the ten that come with a search. */
import { useEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { read } from '../api.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { milli, money } from '../money.js';
import { customerName } from '../panels/customer_card.js';
import { pastMinor, returnWord } from '../returns.js';
import { openDialog, sale, till } from '../state.js';
import { known, moment } from './queue.js';
import { Dialog } from './dialog_frame.js';

const MOST = 100;

/** null while asking, false when nobody could be asked, else the bills. */
function useHistory() {
  const bills = useSignal(null);
  useEffect(() => {
    let wanted = true;
    read(`/api/customer/history?limit=${MOST}`).then((found) => {
      if (wanted) bills.value = found?.data?.bills ?? false;
    });
    return () => {
      wanted = false;
    };
  }, []);
  return bills.value;
}

const points = (value) => (value === null ? '' : milli(value, till.value.locale));

function Row({ bill }) {
  return html`<tr>
    <td>${bill.number}</td>
    <td>${moment(bill.at)}</td>
    <td>${bill.store}</td>
    <td>${returnWord(bill) || known('history.kind', bill.kind)}</td>
    <td class="figure">${money(pastMinor(bill), till.value)}</td>
    <td class="figure">${points(bill.points_earned_milli)}</td>
    <td class="figure">${points(bill.points_redeemed_milli)}</td>
  </tr>`;
}

const CAPTIONS = ['number', 'at', 'store', 'type', 'amount', 'earned', 'redeemed'];
const FIGURES = CAPTIONS.slice(4);

function Bills({ bills }) {
  if (bills === null) return html`<p class="quiet" role="status">${t('dialog.loading')}</p>`;
  if (bills === false) return html`<p class="notice warn" role="status">${t('history.unknown')}</p>`;
  if (!bills.length) return html`<p class="ready">${t('customer.no_bills')}</p>`;
  return html`<table>
    <thead><tr>${CAPTIONS.map((name) => html`<th key=${name} scope="col" class=${FIGURES.includes(name) ? 'figure' : ''}>${t(`history.${name}`)}</th>`)}</tr></thead>
    <tbody>${bills.map((bill, place) => html`<${Row} key=${`${bill.number}-${place}`} bill=${bill} />`)}</tbody>
  </table>`;
}

export function HistoryDialog() {
  const bills = useHistory();
  return html`<${Dialog} name="history" title=${t('history.title')} kind="tall wide" onBack=${() => openDialog('customer')}>
    <div class="scroll" tabindex="0" role="region" aria-label=${t('history.title')} data-first>
      <p class="subject">${customerName(sale.value.customer)}</p>
      <${Bills} bills=${bills} />
    </div>
  </${Dialog}>`;
}
