/** The page's words: one JSON file per language, looked up by key. English fills what a language lacks. */

let words = {};
let plural = new Intl.PluralRules('en');

async function file(lang) {
  const answer = await fetch(`/static/i18n/${lang}.json`);
  if (!answer.ok) throw new Error(`no words for ${lang}: ${answer.status}`);
  return answer.json();
}

/** Loads the words of a language ("en", "hi", "ar") and sets the document's lang and dir by them. */
export async function loadWords(lang) {
  words = await file('en');
  if (lang !== 'en') {
    try {
      words = { ...words, ...(await file(lang)) };
    } catch {
      lang = 'en'; // a wish for a language we lack must not leave the till without words
    }
  }
  document.documentElement.lang = lang;
  document.documentElement.dir = words['page.dir'];
  plural = new Intl.PluralRules(lang);
}

/** The text of a key, {name} places filled from values; the key itself when it is missing. */
export function t(key, values = {}) {
  const text = words[key] ?? key;
  return text.replace(/\{(\w+)\}/g, (whole, name) => (name in values ? String(values[name]) : whole));
}

/** The text of a key in the plural form of count: looks for key.one, key.other and so on. */
export function tn(key, count, values = {}) {
  const form = `${key}.${plural.select(count)}`;
  return t(form in words ? form : `${key}.other`, { count, ...values });
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
