/**
 * Numbers that are grouped while they are typed. What a field holds stays plain ("89000427", "9876543210"); what it
 * shows has signs between the digits, the caret stays between the same two digits, and a rub takes a digit, not a sign.
 */
import { separators, telephone, whole } from './money.js';
import { till } from './state.js';

const SPACES = '\u00a0\u202f';

/** Digits in the groups of the till's locale: "89000427" -> "8,90,00,427" where lakhs are counted. */
function grouped(digits) {
  const { group, sizes: [last, others] } = separators(till.value.locale);
  const parts = [digits.slice(-last)];
  for (let end = digits.length - last; end > 0; end -= others) parts.unshift(digits.slice(Math.max(0, end - others), end));
  return parts.join(group);
}

/**
 * An amount or a quantity. A sign the cashier typed or pasted is believed only where a locale puts one: "1,5" stays as it
 * is, and is refused when it is sent.
 */
export const amount = {
  shown: (plain) => {
    const [digits, ...fraction] = plain.split(separators(till.value.locale).decimal);
    return /^[1-9]\d*$/.test(digits) ? [grouped(digits), ...fraction].join(separators(till.value.locale).decimal) : plain;
  },
  isSign: (char) => char === separators(till.value.locale).group || SPACES.includes(char),
  bare: (text) => text.replaceAll(separators(till.value.locale).group, '').replace(/[\u00a0\u202f]/g, ''),
  pasted: (text) => {
    const { decimal } = separators(till.value.locale);
    const [digits, ...fraction] = text.trim().split(decimal);
    const plain = whole(digits, till.value.locale);
    return plain === null ? text : [plain, ...fraction].join(decimal);
  },
};

/** A telephone number, in groups one can read out. */
export const phone = {
  shown: (plain) => {
    const [, code, five, rest] = /^(\+91)?(\d{5})(\d{1,5})$/.exec(plain) ?? [];
    return five ? [code, five, rest].filter(Boolean).join('\u00a0') : telephone(plain);
  },
  isSign: (char) => char === '\u00a0',
  bare: (text) => text.replace(/[\s()-]/g, ''),
  pasted: (text) => text.replace(/[\s()-]/g, ''),
};

const count = (text, kind) => Array.from(text).filter((char) => !kind.isSign(char)).length;

/** Where the caret stands once so many characters that are no signs are before it. */
function place(text, wanted, kind) {
  let [at, left] = [0, wanted];
  while (left > 0 && at < text.length) {
    if (!kind.isSign(text[at])) left -= 1;
    at += 1;
  }
  return at;
}

/** What the box holds after an input, without the signs that are ours; a sign of the cashier's own stays. */
function plainOf(box, { inputType = '', data }, before, kind) {
  if (Array.from(before).some(kind.isSign)) return kind === phone ? kind.bare(box.value) : box.value;
  const byKey = (inputType === 'insertText' && data?.length === 1) || inputType.startsWith('deleteContent');
  if (!byKey) return kind.pasted(box.value);
  const [start, end] = [box.selectionStart - (data?.length ?? 0), box.selectionStart];
  const added = kind === phone ? kind.bare(data ?? '') : data ?? '';
  return kind.bare(box.value.slice(0, start)) + added + kind.bare(box.value.slice(end));
}

/** Takes in what was typed into a box that shows a kind of number: sets box and caret right, and returns it plain. */
export function typed(event, before, kind) {
  const box = event.currentTarget;
  const { inputType = '' } = event;
  let left = count(box.value.slice(0, box.selectionStart), kind);
  let plain = plainOf(box, event, before, kind);
  if (inputType.startsWith('deleteContent') && plain === before && box.value !== kind.shown(before)) {
    const at = inputType === 'deleteContentForward' ? left : left - 1; // only a sign was rubbed out: the digit beside it is meant
    if (at >= 0) plain = plain.slice(0, at) + plain.slice(at + 1);
    left = Math.max(0, at);
  }
  const atEnd = box.selectionStart === box.value.length;
  box.value = kind.shown(plain);
  const caret = atEnd ? box.value.length : place(box.value, left, kind);
  box.setSelectionRange(caret, caret);
  return plain;
}
