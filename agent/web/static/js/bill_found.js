/** An invoice that was scanned opens the return of it, unless the cashier is in the middle of something else. */
import { effect } from '../vendor/signals.js';
import { currentDialog, dialog, openDialog, resultBill, snapshot } from './state.js';

/** What marks one finding of a bill: scanning the same invoice again is another one. */
function finding(now) {
  const notice = now.notice?.code === 'bill-found' ? now.notice.id : null;
  return { number: now.found_bill ?? '', notice };
}

function isNew(before, now) {
  if (!before || !now.number) return false;
  return now.number !== before.number || (now.notice !== null && now.notice !== before.notice);
}

/** Opens the dialog where that takes nothing away; an open one looks at the newly scanned bill. */
function offer({ number, notice }) {
  const under = currentDialog.peek();
  if (under !== null && under !== 'result' && dialog.peek()?.name !== 'return') return;
  resultBill.value = null; // the next customer's invoice ends the result, as the next scan does
  openDialog('return', { number, asked: notice });
}

/** Starts watching. What was found before the page was there is not offered. */
export function startBillFound() {
  let before = null;
  effect(() => {
    if (!snapshot.value) return;
    const now = finding(snapshot.value);
    const fresh = isNew(before, now);
    before = now;
    if (fresh) offer(now);
  });
}
