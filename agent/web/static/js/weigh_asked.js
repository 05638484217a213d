/** Goods that want a weight open the question, unless the cashier is in the middle of something else: then it is only said. */
import { effect } from '../vendor/signals.js';
import { currentDialog, openDialog, resultBill, snapshot } from './state.js';

/** Starts watching. What was asked before the page was there is not asked again. */
export function startWeighAsked() {
  let seen = null;
  effect(() => {
    const now = snapshot.value;
    if (!now) return;
    const asked = now.notice?.code === 'weight-needed' && now.weigh ? now.notice.id : 0;
    const fresh = seen !== null && asked > seen;
    seen = Math.max(seen ?? 0, asked);
    if (!fresh || ![null, 'result', 'find'].includes(currentDialog.peek())) return;
    resultBill.value = null;
    openDialog('weigh', { item: now.weigh, asked });
  });
}
