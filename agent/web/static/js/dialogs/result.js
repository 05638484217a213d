/** After Finish: what to give back, the bill's number, its paper. Enter or the next scan goes on. */
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { printAgain } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { noPaper, printWords, syncWords } from '../panels/bill_state.js';
import { PrintQuestion } from '../panels/print_question.js';
import { dueWords } from '../returns.js';
import { connected, resultBill, resultTenders, snapshot, till } from '../state.js';
import { Dialog } from './dialog_frame.js';

/** A press that came for Finish must not take the change off the screen before it was seen. */
const SETTLE_MS = 600;

/** What went back otherwise than in cash; null when the page did not see how. */
function notCash(bill) {
  const all = resultTenders.value.reduce((sum, tender) => sum + tender.amount_minor, 0);
  return bill.settled_minor < 0 && all === bill.settled_minor ? resultTenders.value.filter((tender) => tender.type !== 'cash') : null;
}

function givenBack(bill) {
  const others = notCash(bill);
  if (others === null) return dueWords(bill.settled_minor);
  const cash = others.reduce((left, tender) => left - tender.amount_minor, bill.settled_minor);
  return cash ? { label: t('result.back_cash'), amount: -cash } : { label: t('result.back_done'), amount: -bill.settled_minor };
}

/** What the customer gets: the change, or what came back. Nothing is a word, not a giant zero. */
function toGive(bill) {
  if (bill.settled_minor < 0) return givenBack(bill);
  return { label: t(bill.change_minor ? 'result.give_change' : 'result.no_change'), amount: bill.change_minor };
}

function Given({ given: { label, amount } }) {
  if (!amount) return html`<p class="change nothing" data-change>${label}</p>`;
  return html`<p class="caption">${label}</p><p class="figure change" data-change>${money(amount, till.value)}</p>`;
}

export function ResultDialog() {
  const shownAt = useRef(performance.now()).current;
  const bill = snapshot.value.last_bill;
  useLayoutEffect(() => {
    document.querySelector('dialog [data-next]')?.focus();
  }, []);
  const next = () => {
    if (performance.now() - shownAt >= SETTLE_MS) resultBill.value = null;
  };
  const again = () => {
    if (connected.value) printAgain(bill.number);
  };
  const enter = (event) => (event.target.closest?.('button:not([data-next])') ? false : next());
  return html`<${Dialog} name="result" title=${t(bill.settled_minor < 0 ? 'result.back_title' : 'result.title')} kind="full result" keys=${{ Enter: enter, F10: again }} onBack=${next}>
    <div class="result-body">
      <${Given} given=${toGive(bill)} />
      <dl class="result-facts">
        <dt>${t('result.bill')}</dt><dd data-bill>${bill.number}</dd>
        ${bill.due_minor >= 0 && html`<dt>${t('total.title')}</dt><dd class="figure">${money(bill.due_minor, till.value)}</dd>`}
        ${notCash(bill)?.map((tender) => html`<dt>${t(`tender.${tender.type}`)}${tender.reference && ` ${tender.reference}`}</dt>
          <dd class="figure">${money(-tender.amount_minor, till.value)}</dd>`)}
        <dt>${t('receipt.title')}</dt><dd class=${noPaper(bill) ? 'bad-words' : ''} data-print>${printWords(bill.print)}</dd>
        <dt>${t('sync.title')}</dt><dd>${syncWords(bill.sync)}</dd>
      </dl>
      <${PrintQuestion} />
    </div>
    <div class="form-foot">
      <${Button} label=${t('receipts.again')} cap="F10" disabled=${!connected.value} onPress=${again} />
      <${Button} label=${t('result.next')} cap="Enter" kind="primary giant-button" onPress=${next} data-next=${true} />
    </div>
  </${Dialog}>`;
}
