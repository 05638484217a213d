/** Goods that want a weight open the question, unless the cashier is in the middle of something else: then it is only said. */
import { effect } from '../vendor/signals.js';
import { currentDialog, dialog, openDialog, resultBill, snapshot } from './state.js';

/** Whether the open question is about other goods than those that were asked about last. */
const isOther = (weigh) => Boolean(weigh) && dialog.peek()?.name === 'weigh' && dialog.peek().item.sku !== weigh.sku;

/** Starts watching. What was asked before the page was there is not asked again. The same goods again leave what was typed. */
export function startWeighAsked() {
  let seen = null;
  effect(() => {
    const now = snapshot.value;
    if (!now) return;
    const asked = now.notice?.code === 'weight-needed' && now.weigh ? now.notice.id : 0;
    const fresh = seen !== null && asked > seen;
    seen = Math.max(seen ?? 0, asked);
    const free = [null, 'result', 'find', 'weigh'].includes(currentDialog.peek());
    if (!(fresh && free) && !isOther(now.weigh)) return;
    resultBill.value = null;
    openDialog('weigh', { item: now.weigh, before: { sale: now.sale.id, line: now.sale.lines.at(-1)?.no ?? 0 } });
  });
}
