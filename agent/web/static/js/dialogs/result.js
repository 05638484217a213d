/** After Finish: what to give back, the bill's number, its paper. Enter or the next scan goes on. */
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { printAgain } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { printWords, syncWords } from '../panels/bill_state.js';
import { DidItPrint } from '../panels/print_question.js';
import { connected, resultBill, snapshot, till } from '../state.js';
import { Dialog } from './shell.js';

/** A press that came for Finish must not take the change off the screen before it was seen. */
const SETTLE_MS = 600;

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
  const bad = bill.print === 'failed' || bill.print === 'held';
  return html`<${Dialog} name="result" title=${t('result.title')} kind="full result" keys=${{ Enter: enter, F10: again }} onBack=${next}>
    <div class="result-body">
      <p class="caption">${t(bill.change_minor ? 'result.give_change' : 'result.no_change')}</p>
      <p class="figure change" data-change>${money(bill.change_minor, till.value)}</p>
      <dl class="result-facts">
        <dt>${t('result.bill')}</dt><dd data-bill>${bill.number}</dd>
        <dt>${t('total.due')}</dt><dd class="figure">${money(bill.due_minor, till.value)}</dd>
        <dt>${t('receipt.title')}</dt><dd class=${bad ? 'bad-words' : ''} data-print>${printWords(bill.print)}</dd>
        <dt>${t('sync.title')}</dt><dd>${syncWords(bill.sync)}</dd>
      </dl>
      ${bill.print === 'unknown' && html`<${DidItPrint} number=${bill.number} job=${bill.print_job} />`}
    </div>
    <div class="form-foot">
      <${Button} label=${t('receipts.again')} cap="F10" disabled=${!connected.value} onPress=${again} />
      <${Button} label=${t('result.next')} cap="Enter" kind="primary giant-button" onPress=${next} data-next=${true} />
    </div>
  </${Dialog}>`;
}
