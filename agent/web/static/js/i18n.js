/** The page's words, from the till's language file: an id to a text, or to one text a plural form. */

let words = {};
let plural = new Intl.PluralRules('en');

async function texts(lang) {
  const answer = await fetch(`/i18n/${lang}.json`);
  if (!answer.ok) throw new Error(`no words for ${lang}: ${answer.status}`);
  return answer.json();
}

/** Loads the words of a language ("en", "hi", "ar"), or with "till" of the till's; sets the document's lang and dir. */
export async function loadWords(lang) {
  let found;
  try {
    found = await texts(lang);
  } catch {
    found = await texts('till'); // a wish for a language we lack must not leave the till without words
  }
  words = found.words;
  document.documentElement.lang = found.lang;
  document.documentElement.dir = t('dir');
  plural = new Intl.PluralRules(found.lang);
}

const MARKS = /[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]/g;
const FROM_RIGHT = /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]/;

/** A name that is written from the right, kept to itself: a figure beside it would join its order. */
const alone = (value) => (FROM_RIGHT.test(value) ? `\u2068${value.replace(MARKS, '')}\u2069` : value);

/** A sentence of the agent's, with the names in it kept to themselves. params: what was filled into it. */
export function isolated(text, params = {}) {
  const names = Object.values(params).filter((value) => typeof value === 'string' && FROM_RIGHT.test(value));
  return names.reduce((said, name) => said.replaceAll(name, alone(name)), text);
}

const filled = (text, values) =>
  text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? alone(String(values[name])) : whole));

/** The text of a key, {name} places filled from values; the key itself when it is missing. */
export function t(key, values = {}) {
  return filled(words[key] ?? key, values);
}

/** The text of a key in the plural form of count. */
export function tn(key, count, values = {}) {
  const forms = words[key] ?? { other: key };
  return filled(forms[plural.select(count)] ?? forms.other, { count, ...values });
}

/** The entries of a list written in one key, split at the bar sign. */
export function list(key) {
  return t(key).split('|');
}

/** How long ago, in the one unit that matters: "40 s", "12 min", "3 h", "2 d". */
export function age(seconds) {
  const whole = Math.max(0, Math.floor(seconds));
  if (whole < 60) return t('age.s', { n: whole });
  if (whole < 3600) return t('age.min', { n: Math.floor(whole / 60) });
  if (whole < 172800) return t('age.h', { n: Math.floor(whole / 3600) });
  return t('age.d', { n: Math.floor(whole / 86400) });
}

/** How long ago, in whole words: "a moment ago", "3 days ago". */
export function ago(seconds) {
  for (const [size, unit] of [[86400, 'd'], [3600, 'h'], [60, 'min']]) {
    const count = Math.floor(seconds / size);
    if (count > 0) return tn(`ago.${unit}`, count);
  }
  return t('ago.now');
}
