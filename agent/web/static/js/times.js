/**
 * 12 and a scan are twelve: digits typed on the sale screen are the number of the next item. The agent keeps the number, as
 * the scanner speaks to it and not to the page.
 */
import { effect, signal } from '../vendor/signals.js';
import { report } from './actions.js';
import { command } from './api.js';
import { milli, parseDecimal, separators } from './money.js';
import { closeDialog, currentDialog, meantSale, openDialog, snapshot, till } from './state.js';

/** As long as the agent lets a number wait for its item. */
const STANDS_MS = 30000;
/** More are no number but the beginning of a barcode. */
const DIGITS = 3;

/** What is being typed; empty when nothing is, or once it was used. */
const counting = signal('');
let wanted = null;
let told = null;
let telling = false;

const standing = () => snapshot.value?.times_milli ?? null;

/** The number of the next item, as it is read before the scan; empty when the next item is one. */
export function timesWords() {
  if (counting.value) return counting.value;
  return standing() === null ? '' : milli(standing(), till.value.locale);
}

let last = Promise.resolve();

/** One after the other, as they were wished: of two commands on their way at once either may come first. */
function inTurn(work) {
  last = last.then(work);
  return last;
}

/** Sends a number that the cashier is sure of, after all that was told before it. */
export const tellSure = (path, body, sale) => inTurn(() => command(path, body, { sale }));

/** Tells the agent the newest wish. */
function tell() {
  if (telling) return;
  telling = true;
  inTurn(tellNewest);
}

async function tellNewest() {
  while (told !== wanted) {
    told = wanted;
    const answer = report(await command('/api/item/times', { qty_milli: told }, { sale: meantSale() }));
    if (answer.ok) continue;
    if (wanted !== told) {
      told = undefined; // a newer wish is told, whatever became of this one
      continue;
    }
    [counting.value, wanted, told] = ['', null, undefined]; // nobody knows what the agent has: the next wish is told in any case
    break;
  }
  telling = false;
}

/** The number is this text now; empty for none. */
export function count(text) {
  counting.value = text;
  wanted = text ? parseDecimal(text, 3, till.value.locale) : null;
  tell();
}

export const forgetTimes = () => count('');

/** The search begins with what was typed: it was no number then. */
function search(text) {
  forgetTimes();
  openDialog('find', { text });
}

/** Takes a key on the sale screen: digits count, anything else begins a search with what stands there. */
export function typeTimes(char) {
  const { decimal } = separators(till.value.locale);
  const text = counting.value + char;
  if (counting.value && '*×'.includes(char)) return;
  const [whole, fraction = '', ...rest] = text.split(decimal);
  const number = /^(0|[1-9]\d*)$/.test(whole) && /^\d{0,3}$/.test(fraction) && !rest.length;
  if (number && whole.length <= DIGITS) count(text);
  else search(text);
}

/** Keys of the sale screen while a number stands; false leaves a key be. */
export const timesKeys = {
  Backspace: () => counting.value !== '' && count(counting.value.slice(0, -1)),
  Escape: () => timesWords() !== '' && forgetTimes(),
  Enter: () => counting.value !== '' && search(counting.value),
};

/** Starts watching: what the agent has used is typed no more, and what waited too long is taken back. */
export function startTimes() {
  let before = null;
  let timer = 0;
  effect(() => {
    const now = standing();
    if (now === before) return;
    clearTimeout(timer);
    if (now !== null) timer = setTimeout(forgetTimes, STANDS_MS);
    else if (wanted !== null && wanted === told) {
      [counting.value, wanted, told] = ['', null, null];
      if (currentDialog.peek() === 'times') closeDialog();
    }
    if (!telling) told = now;
    before = now;
  });
}
