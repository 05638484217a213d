/** What the cashier can do on the sale screen: one table of action, key, condition. Buttons and keys both read it. */
import { computed } from '../vendor/signals.js';
import { command } from './api.js';
import { isolated, t } from './i18n.js';
import { keyCap } from './keys.js';
import {
  closeDialog, completionKey, connected, forgetRefusal, lines, openDialog, paying, phase, refusedScans, resultBill, sale, say, selectedLine,
  snapshot, spendCompletionKey, stillOpen,
} from './state.js';
import { commandAllowed } from './supervisor_asked.js';

/** Shows what became of a command when it was not what was wanted, and forgets an older refusal when it was; returns the answer. */
export function report(answer) {
  if (answer.ok) forgetRefusal();
  else say('error', refusal(answer));
  return answer;
}

/** The sentence for the cashier in a refusal, or our own when no answer came. */
export function refusal(answer) {
  if (answer.ok) return '';
  if (answer.code === 'no_answer') return t('agent.no_answer');
  return isolated(answer.text, answer.params) || t('agent.refused');
}

/** Sends a command and shows its refusal in the message line. */
export async function tell(path, body = {}) {
  return report(await commandAllowed(path, body));
}

const open = (name) => () => openDialog(name);
const ready = () => connected.value && snapshot.value !== null && !paying.value;
const onLine = () => ready() && selectedLine.value !== null;
const onSold = () => onLine() && !selectedLine.value.back;
const redeems = () => ready() && !sale.value.redemption_refused;
const hasLines = () => ready() && lines.value.some((line) => !line.voided);
const hasSold = () => ready() && lines.value.some((line) => !line.voided && !line.back);

/** Asks for the tender dialog; it opens when the agent says that the sale is being paid. */
export async function pay(way = 'cash') {
  resultBill.value = null;
  wantedWay = way;
  await tell('/api/tender/begin');
}

/** The way of paying the tender dialog opens with. */
export let wantedWay = 'cash';

/** Finish: the open sale becomes a bill, once, whatever is pressed twice and whatever answer is lost. */
export async function finish() {
  const { id } = sale.value;
  const answer = await command('/api/sale/complete', {}, { key: completionKey(), sale: id });
  if (answer.settled) spendCompletionKey(id);
  return answer;
}

/** Another copy of a bill on paper, marked DUPLICATE by the agent. */
export async function printAgain(number) {
  const answer = await tell('/api/bill/print', { number });
  if (answer.ok) say(answer.code === 'copy-waits' ? 'warn' : 'ok', answer.text, answer.code);
}

/** Takes a line off, and says how it comes back. */
async function voidLine({ no, name }) {
  const answer = await tell('/api/line/void', { line: no });
  if (answer.ok) say('info', t('line.voided_now', { name, key: keyCap(actions.restore.key) }));
}

/** Undoes the void of a line: it comes back in its place, and as it was. */
export async function restore(no) {
  const { name } = lines.value.find((line) => line.no === no);
  const answer = await tell('/api/line/restore', { line: no });
  if (answer.ok) say('info', t('line.restored', { name }));
}

export const actions = {
  find: { key: 'F1', when: ready, run: open('find') },
  quantity: { key: 'F2', when: ready, run: () => openDialog(onSold() ? 'quantity' : 'times') },
  price: { key: 'F3', when: onSold, run: open('price') },
  discount: { key: 'F11', when: hasSold, run: open('discount') },
  void: { key: 'Delete', when: onLine, run: () => voidLine(selectedLine.value) },
  restore: { key: 'Alt+z', when: () => ready() && sale.value.last_void > 0, run: () => restore(sale.value.last_void) },
  customer: { key: 'F4', when: ready, run: open('customer') },
  coupon: { key: 'F5', when: redeems, run: open('coupon') },
  points: { key: 'F6', when: redeems, run: open('points') },
  back: { key: 'F7', when: ready, run: open('return') },
  receipts: { key: 'F10', when: () => snapshot.value !== null, run: open('receipts') },
  refused: { key: 'Alt+s', when: () => refusedScans.value.length > 0, run: open('refused') },
  drawer: { key: 'Alt+o', when: ready, run: () => openDialog('reason', { purpose: 'drawer' }) },
  cancel: {
    key: 'Shift+Delete',
    when: () => ready() && phase.value !== 'idle',
    run: () => openDialog('reason', { purpose: 'cancel' }),
  },
  card: { key: 'F9', when: hasLines, run: () => pay('card') },
  pay: { key: 'F12', when: hasLines, run: () => pay() },
  queue: { key: 'Alt+q', when: () => snapshot.value !== null, run: open('queue') },
};

/** Whether each action can be done now; whoever shows it is told only when that changes. */
export const can = Object.fromEntries(Object.entries(actions).map(([name, { when }]) => [name, computed(when)]));

/** Does an action if it can be done now. */
export function act(name) {
  if (can[name].value) actions[name].run();
}

/** The sale screen's table of keys. */
export function actionKeys() {
  return Object.fromEntries(Object.entries(actions).map(([name, { key }]) => [key, () => act(name)]));
}

/** Ends a dialog when its command was done; leaves it, with the reason, when not. Another one by then stays. */
export async function closeWhenDone(promise) {
  const still = stillOpen();
  const answer = await promise;
  if (answer.ok && still()) closeDialog();
  return answer;
}
