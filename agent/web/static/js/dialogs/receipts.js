/** F10: the last bills, what each receipt looks like, and another copy of it. */
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { actions, printAgain } from '../actions.js';
import { read } from '../api.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { printWords, syncWords } from '../panels/bill_state.js';
import { AskedPrint } from '../panels/print_question.js';
import { inPath, retroAllowed } from '../returns.js';
import { connected, openDialog, snapshot, till } from '../state.js';
import { moment } from './queue.js';
import { Dialog } from './dialog_frame.js';

/** The last bills, newest first, null until they came; and whether they were asked for in vain. */
function useBills() {
  const bills = useSignal(null);
  const untold = useSignal(false);
  const last = snapshot.value.last_bill;
  useEffect(() => {
    let wanted = true;
    read('/api/bills?limit=20').then((found) => {
      if (!wanted) return;
      bills.value = found?.bills ?? bills.value;
      untold.value = bills.value === null;
    });
    return () => {
      wanted = false;
    };
  }, [last?.number, last?.print, last?.sync, connected.value]);
  return { bills, untold };
}

/** Null while it is asked for, false when that was in vain. */
function useReceipt(number) {
  const receipt = useSignal(null);
  useEffect(() => {
    if (number && receipt.value?.number === number) return undefined;
    receipt.value = null;
    if (!number) return undefined;
    let wanted = true;
    read(`/api/bills/${inPath(number)}/receipt`).then((found) => {
      if (wanted) receipt.value = found ?? false;
    });
    return () => {
      wanted = false;
    };
  }, [number, connected.value]);
  return receipt;
}

/** So long a picture may take; a text is here by then. */
const DRAWN_MS = 2000;

/** The paper as it was or will be printed, and its text for whoever cannot see it; the text alone where nothing could be drawn in time. */
function Preview({ receipt }) {
  const undrawn = useSignal(false);
  const drawn = useSignal(false);
  useEffect(() => {
    if (!receipt) return undefined;
    const timer = setTimeout(() => { undrawn.value = !drawn.value; }, DRAWN_MS);
    return () => clearTimeout(timer);
  }, [receipt]);
  if (receipt === null) return html`<p class="quiet">${t('dialog.loading')}</p>`;
  if (!receipt) return html`<p class="notice warn" role="status">${t('dialog.untold')}</p>`;
  if (undrawn.value) return html`<pre class="paper">${receipt.text}</pre>`;
  return html`<img class="paper-picture" src=${`/api/bills/${inPath(receipt.number)}/receipt.png`} alt="" onLoad=${() => { drawn.value = true; }}
      onError=${() => { undrawn.value = true; }} />
    <pre class="only-heard">${receipt.text}</pre>`;
}

function Row({ bill, chosen, onPress }) {
  return html`<li id=${`bill-${bill.number}`} role="option" aria-selected=${chosen ? 'true' : 'false'} class="receipt-row" onClick=${onPress}>
    <span class="name">${bill.number}</span><span class="figure">${money(bill.due_minor, till.value)}</span>
    <span class="under">${moment(bill.at)}${bill.customer ? ` · ${bill.customer}` : ''}</span>
    <span class="under">${printWords(bill.print)} · ${t('sync.title')}: ${syncWords(bill.sync)}</span>
  </li>`;
}

function useChosenBill(bills) {
  const at = useSignal(0);
  const ref = useRef(null);
  useEffect(() => {
    ref.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at.value]);
  const move = (step) => () => {
    at.value = Math.max(0, Math.min((bills.value?.length ?? 1) - 1, at.value + step));
  };
  return { at, ref, keys: { ArrowDown: move(1), ArrowUp: move(-1), Home: move(-Infinity), End: move(Infinity) } };
}

/** A bill without a member may be given to one; whether it is too old for that is the agent's to say. */
const mayTag = (bill) => Boolean(bill && !bill.customer && bill.kind === 'sale' && connected.value && retroAllowed());

export function ReceiptsDialog() {
  const { bills, untold } = useBills();
  const { at, ref, keys } = useChosenBill(bills);
  const bill = bills.value?.[at.value] ?? null;
  const receipt = useReceipt(bill?.number);
  const again = () => bill && printAgain(bill.number);
  const asked = bill && snapshot.value.unknown_prints.find((one) => one.number === bill.number);
  const goBack = () => bill && actions.back.when() && openDialog('return', { number: bill.number });
  const give = () => mayTag(bill) && openDialog('tag', { number: bill.number });
  return html`<${Dialog} name="receipts" title=${t('receipts.title')} kind="tall wide" keys=${{ ...keys, F7: goBack, F8: give, F10: again }}>
    <div class="receipts">
      <ul ref=${ref} class="receipt-list" role="listbox" tabindex="0" aria-label=${t('receipts.title')} data-first
          aria-activedescendant=${bill ? `bill-${bill.number}` : null}>
        ${bills.value?.map((one, place) => html`<${Row} key=${one.number} bill=${one} chosen=${place === at.value} onPress=${() => { at.value = place; }} />`)}
      </ul>
      <div class="receipt-side">
        <div class="preview" tabindex="0" role="region" aria-label=${t('receipts.preview')}>
          ${untold.value && html`<p class="notice warn" role="status">${t('dialog.untold')}</p>`}
          ${bills.value?.length === 0 ? html`<p class="ready">${t('receipts.none')}</p>` : bill && html`<${Preview} key=${bill.number} receipt=${receipt.value} />`}
        </div>
        ${asked && html`<${AskedPrint} key=${asked.job} asked=${asked} />`}
        <div class="receipt-acts">
          <${Button} label=${t('receipts.back')} cap="F7" disabled=${!bill || !actions.back.when()} onPress=${goBack} />
          <${Button} label=${t('tag.do')} cap="F8" disabled=${!mayTag(bill)} onPress=${give} />
          <${Button} label=${t('receipts.again')} cap="F10" kind="primary" disabled=${!bill || !connected.value} onPress=${again} />
        </div>
      </div>
    </div>
  </${Dialog}>`;
}
