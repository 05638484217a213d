/**
 * Numbers a till shows and reads. Money is whole minor units, quantity and points whole thousandths, rates whole
 * basis points. Between those and text there are only digits: no floating point anywhere on the way.
 */

const formats = new Map();

/** An Intl number format, made once; a locale the browser does not know falls back to English. */
function numberFormat(locale, options) {
  const name = JSON.stringify([locale, options]);
  if (!formats.has(name)) {
    try {
      formats.set(name, new Intl.NumberFormat(locale, options));
    } catch (problem) {
      if (!(problem instanceof RangeError)) throw problem;
      formats.set(name, new Intl.NumberFormat('en', options));
    }
  }
  return formats.get(name);
}

/** 44575 with 2 places is "44575" -> "445.75": exact, whatever the size. */
export function decimalText(value, places) {
  const sign = value < 0 ? '-' : '';
  const digits = String(Math.abs(value)).padStart(places + 1, '0');
  return places ? `${sign}${digits.slice(0, -places)}.${digits.slice(-places)}` : sign + digits;
}

/** Minor units as money of the till: {currency, exponent, locale}. */
export function money(minor, till) {
  const options = {
    style: 'currency', currency: till.currency,
    minimumFractionDigits: till.exponent, maximumFractionDigits: till.exponent,
  };
  return numberFormat(till.locale, options).format(decimalText(minor, till.exponent));
}

/** Thousandths as a cashier would type them: 12500 -> "12.5", without groups. */
export function typedMilli(value, locale) {
  return decimalText(value, 3).replace(/\.?0+$/, '').replace('.', separators(locale).decimal);
}

/** Thousandths as a number without needless zeros: 2000 -> "2", 1250 -> "1.25". */
export function milli(value, locale) {
  return numberFormat(locale, { maximumFractionDigits: 3 }).format(decimalText(value, 3));
}

/** A quantity of goods, with their unit where the agent calls them measured: 2000 pcs -> "2", 455 kg -> "0.455 kg". */
export function quantity(value, { unit, measured }, locale) {
  if (!measured) return milli(value, locale);
  const digits = { minimumFractionDigits: 3, maximumFractionDigits: 3 };
  return `${numberFormat(locale, digits).format(decimalText(value, 3))} ${unit}`;
}

/** Basis points as percent: 1800 -> "18%". */
export function percent(bp, locale) {
  return numberFormat(locale, { style: 'percent', maximumFractionDigits: 2 }).format(decimalText(bp, 4));
}

/** An Indian telephone number in groups one can read out, others as they are; the spaces are such that it stays in order among letters from the right. */
export function telephone(text) {
  const [, before, five, last] = /^(\+?91|0|)(\d{5})(\d{5})$/.exec(text) ?? [];
  return five ? [before, five, last].filter(Boolean).join('\u00a0') : text;
}

/** The signs a locale writes numbers with, and how many digits its groups have, from the end: {decimal, group, sizes}. */
export function separators(locale) {
  const parts = numberFormat(locale, { minimumFractionDigits: 1 }).formatToParts(1234567890.5);
  const sign = (type, other) => parts.find((part) => part.type === type)?.value ?? other;
  const [last, others] = parts.filter((part) => part.type === 'integer').map((part) => part.value.length).toReversed();
  return { decimal: sign('decimal', '.'), group: sign('group', ','), sizes: [last, others ?? last] };
}

/** Digits with or without group signs; null when the signs do not stand where a locale puts them. */
export function whole(text, locale) {
  if (/^\d*$/.test(text)) return text;
  const { group } = separators(locale);
  const parts = text.replace(/[\u00a0\u202f]/g, group).split(group);
  const middle = parts.slice(1, -1).every((part) => /^\d{2,3}$/.test(part));
  return /^\d{1,3}$/.test(parts[0]) && middle && /^\d{3}$/.test(parts.at(-1)) && parts.length > 1 ? parts.join('') : null;
}

/**
 * What a cashier typed, as a whole number of 10^-places; null when it is not a plain positive number.
 * "445.75" with 2 places -> 44575. More places than the unit has are refused, not rounded; "1,5" in a locale that
 * groups with commas is refused, not read as 15.
 */
export function parseDecimal(text, places, locale) {
  const [first, fraction = '', ...rest] = text.trim().split(separators(locale).decimal);
  const digits = whole(first, locale);
  if (digits === null || rest.length || !/^\d*$/.test(fraction) || fraction.length > places) return null;
  if (digits + fraction === '' || digits.length + places > 15) return null;
  return Number(digits + fraction.padEnd(places, '0'));
}

/** Amounts a customer is likely to hand over for a balance: it rounded up to each note, smallest first. */
export function likelyCash(balance, notes) {
  if (balance <= 0) return [];
  const up = notes.filter((note) => note > 0).map((note) => Math.ceil(balance / note) * note);
  return [...new Set(up)].filter((amount) => amount !== balance).sort((a, b) => a - b).slice(0, 4);
}
