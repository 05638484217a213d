/** What the page knows: the agent's last snapshot, and what is only the page's own (selection, dialog, message). */
import { computed, signal } from '../vendor/signals.js';
import { newKey } from './api.js';
import { isolated } from './i18n.js';

const NO_TILL = {
  store_code: '', till_code: '', store_name: '', currency: 'INR', exponent: 2, locale: 'en-IN',
  training: false, cashier: '', quick_cash_minor: [], customer_fields: [],
};

/** The last full snapshot, or null before the first. */
export const snapshot = signal(null);
/** Whether the agent is answering now. Never assumed: false until the first snapshot. */
export const connected = signal(false);
/** performance.now() when the snapshot came, for ages that go on growing. */
export const receivedAt = signal(0);
/** The till's own wall clock to the minute, "2026-11-23T10:30"; empty until it was heard. The browser's may be wrong. */
export const tillMinute = signal('');
/** Grows every 10 s so that ages and the time are redrawn. */
export const tick = signal(0);

/** The open dialog, {name, ...props}, or null. Tender and result are not here: the agent's state opens them. */
export const dialog = signal(null);
/** Number of the selected line, of the newest one, and of the bill whose result is on show. */
export const selectedNo = signal(null);
export const newestNo = signal(null);
export const resultBill = signal(null);
/** The payments of the bill on show, as they stood before it was one. */
export const resultTenders = signal([]);
/** Grows when a line is added to the open sale or its quantity changes: what a dialog hides is said in it. */
export const touched = signal(0);
/** The page's own message {level, text, id}, or the agent's notice: the later one, with a warning beside a refusal. */
export const message = signal(null);

export const badges = computed(() => snapshot.value?.badges ?? null);
export const till = computed(() => snapshot.value?.till ?? NO_TILL);
export const sale = computed(() => snapshot.value?.sale ?? null);
const saleId = computed(() => sale.value?.id ?? '');
export const totals = computed(() => sale.value?.totals ?? null);
export const phase = computed(() => sale.value?.phase ?? 'idle');
export const lines = computed(() => sale.value?.lines ?? []);
export const selectedLine = computed(
  () => lines.value.find((line) => line.no === selectedNo.value && !line.voided) ?? null,
);
/** The scans that did nothing in the last quarter of an hour, newest first. */
export const refusedScans = computed(() => (snapshot.value?.refused_scans ?? []).filter(
  ({ at }) => Date.parse(snapshot.value.at) - Date.parse(at) < 15 * 60 * 1000,
));
/** The newest of them that was looked at, by its number. */
const seenScan = signal(0);
/** How many of them nobody has looked at yet; whoever shows it is told only when that changes. */
export const unseenScans = computed(() => refusedScans.value.filter(({ no }) => no > seenScan.value).length);
export const paying = computed(() => phase.value === 'tendering' || phase.value === 'covered');

/** Name of the dialog on the page, or null: the cashier's own first, then tender, then the result of the last bill. */
export const currentDialog = computed(() => {
  if (dialog.value) return dialog.value.name;
  if (paying.value) return 'tender';
  return resultBill.value ? 'result' : null;
});

/** Dialogs about the open sale: with it they end. */
const OF_SALE = [
  'find', 'quantity', 'price', 'discount', 'customer', 'history', 'enrol', 'coupon', 'points', 'reason', 'return', 'return_unknown',
  'times', 'weigh',
];
/** Whether the open dialog is about a sale that is over: it changes nothing any more. */
export const saleOver = computed(() => Boolean(dialog.value?.sale) && dialog.value.sale !== saleId.value);
/** What tells the dialog on the page from the next of its name: that of another sale is another. */
export const dialogKey = computed(() => {
  const { purpose, item, sale: of = saleId.value } = dialog.value ?? {};
  return [currentDialog.value, purpose ?? item?.sku ?? '', of].join('-');
});
/** The sale that a command is meant for: the dialog's, else the one on show. */
export const meantSale = () => dialog.peek()?.sale || saleId.peek();

/** Notices that ask for something, by their code: whether it is still to be done. */
const ASKED = {
  'weight-needed': (now) => now.weigh !== null,
  'print-unknown': (now) => now.unknown_prints.some(({ late }) => !late),
  'queue-parked': (now) => now.badges.queue.parked > 0,
  'copy-waits': (now) => Boolean(now.badges.printer.copies_wait),
  badge: (now) => now.badges.store.state !== 'ok',
};

let messageId = 0;

/** So long after each other a refusal and a warning of another matter both stand: neither was read before the other came. */
const TOGETHER_MS = 3000;

/** What stands once next is said: of a refusal and a warning the refusal, with the warning beside it. */
function together(now, next) {
  if (!now || now.code === next.code || next.shownAt - now.shownAt > TOGETHER_MS) return next;
  if (now.level === 'error' && next.level === 'warn') return { ...now, beside: next };
  if (now.level === 'warn' && next.level === 'error' && !next.own) return { ...next, beside: now };
  return next;
}

/** The answer to a command and the agent's notice of it may say the same: once is enough, whichever came first. */
function show(next) {
  const now = message.value;
  if (now && now.own !== next.own && now.text === next.text) return;
  message.value = together(now, { ...next, shownAt: performance.now() });
}

/** Shows a message of the page's own: level is ok, info, warn or error; code as of the agent's notices, where it is like one. */
export function say(level, text, code = '') {
  messageId += 1;
  show({ level, text, code, id: `page-${messageId}`, own: true });
}

/** What was refused is history once something else was done. A warning stays: it may be about the bill before. */
export function forgetRefusal() {
  if (message.value?.level === 'error') message.value = message.value.beside ?? null;
}

/** A message that was read elsewhere need not be read again. */
export function forgetMessage(text) {
  if (text && message.value?.text === text) message.value = message.value.beside ?? null;
}

/** What was asked for is history once it was done. It may be asked for a moment before it is seen to be so. */
function forgetAsked(before, after) {
  const done = (one) => Boolean(before && ASKED[one?.code]?.(before) && !ASKED[one.code](after));
  const now = message.value;
  if (done(now)) message.value = now.beside ?? null;
  else if (done(now?.beside)) message.value = { ...now, beside: null };
}

/** The agent's notice, once; what it asked for before this page was there may be done. */
function followNotice(before, { notice, ...after }) {
  if (!notice || notice.id === before?.notice?.id) return;
  const text = isolated(notice.text, notice.params);
  if (before || ASKED[notice.code]?.(after) !== false) show({ ...notice, text, own: false });
}

/** The refused scans were looked at. */
export function seeScans() {
  refusedScans.value.forEach(({ text }) => forgetMessage(text));
  seenScan.value = snapshot.value.refused_scans?.[0]?.no ?? 0;
}

/** An agent that was started again counts from the beginning. */
function followScans({ refused_scans: scans = [] }) {
  if ((scans[0]?.no ?? 0) < seenScan.value) seenScan.value = 0;
}

export function openDialog(name, props = {}) {
  const ofSale = OF_SALE.includes(name) && props.purpose !== 'drawer';
  dialog.value = { name, ...props, sale: ofSale ? saleId.peek() : '' };
}

export function closeDialog() {
  dialog.value = null;
}

/** Whether, later, the dialog of now is still the one that is open: an answer may come long after it was left. */
export function stillOpen() {
  const mine = dialog.peek();
  return () => dialog.peek() === mine;
}

/** The line that was added, restored or changed between two snapshots of one sale; null when none was. */
function touchedLine(before, after) {
  if (!after) return null;
  const there = before?.id === after.id ? before.lines.filter((line) => !line.voided) : [];
  const known = new Map(there.map((line) => [line.no, line.qty_milli]));
  const touched = after.lines.filter((line) => !line.voided && known.get(line.no) !== line.qty_milli);
  return touched.at(-1)?.no ?? null;
}

function followLines(before, after) {
  if (before?.id !== after?.id) {
    newestNo.value = null;
    selectedNo.value = null;
  }
  const no = touchedLine(before, after);
  if (no !== null) {
    newestNo.value = no;
    selectedNo.value = no;
    touched.value += 1;
  }
  const live = after?.lines.filter((line) => !line.voided) ?? [];
  if (live.some((line) => line.no === selectedNo.value)) return;
  const below = selectedNo.value === null ? undefined : live.find((line) => line.no > selectedNo.value);
  selectedNo.value = (below ?? live.at(-1))?.no ?? null;
}

function followBill(before, after) {
  if (!before) return;
  const number = after.last_bill?.number ?? null;
  if (number && number !== before.last_bill?.number) {
    resultBill.value = number;
    resultTenders.value = before.sale.tenders;
  } else if (after.sale.lines.length) resultBill.value = null; // the next customer's first scan ends the result
}

/** Takes in a snapshot, in which what has not changed is the same object. What the cashier is typing lives in the dialogs. */
export function applySnapshot(next) {
  const before = snapshot.value;
  followLines(before?.sale ?? null, next.sale);
  followBill(before, next);
  if (before && before.sale !== next.sale) forgetRefusal();
  forgetAsked(before, next);
  followNotice(before, next);
  followScans(next);
  receivedAt.value = performance.now();
  snapshot.value = next;
}

/** Moves the selection by whole lines, over voided ones. */
export function moveSelection(step) {
  const live = lines.value.filter((line) => !line.voided);
  if (!live.length) return;
  const at = live.findIndex((line) => line.no === selectedNo.value);
  const to = at < 0 ? live.length - 1 : Math.min(live.length - 1, Math.max(0, at + step));
  selectedNo.value = live[to].no;
}

/**
 * The key under which the open sale is completed: made when the tender dialog first opens for it, kept over a
 * reload of the page, so that one sale is one bill however often Finish is pressed.
 */
export function completionKey() {
  const name = `complete:${sale.value.id}`;
  const kept = sessionStorage.getItem(name) ?? newKey();
  sessionStorage.setItem(name, kept);
  return kept;
}

/** Ends a completion key after a definite answer; a refused Finish may be tried anew. */
export function spendCompletionKey(saleId) {
  sessionStorage.removeItem(`complete:${saleId}`);
}
