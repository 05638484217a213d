/** The one giant number of the sale screen, and the few figures that explain it. */
import { html } from '../html.js';
import { t, tn } from '../i18n.js';
import { milli, money } from '../money.js';
import { dueWords, givesBack } from '../returns.js';
import { sale, till, totals } from '../state.js';

function Explained({ label, amount, kind = '' }) {
  return amount ? html`<div class=${kind}><dt>${label}</dt><dd class="figure">${money(amount, till.value)}</dd></div>` : null;
}

/** The two redemptions as they may stand on a sale: {label, amount, tender}. */
export function redemptions() {
  const { coupon, points } = sale.value;
  const worth = (one, label) => ({ label, amount: one.value_minor, tender: one.use === 'tender' });
  return [
    ...(coupon ? [worth(coupon, t('total.coupon', { code: coupon.code }))] : []),
    ...(points ? [worth(points, t('total.points', { points: milli(points.points_milli, till.value.locale) }))] : []),
  ];
}

/**
 * What came off the bill, each cause once: the agent's discount sum holds the redemptions used as discount too. Where money
 * is given back all figures are turned around, as the largest one is.
 */
export function Explanation() {
  const sum = totals.value;
  const sign = givesBack() ? -1 : 1;
  const off = redemptions().filter((one) => !one.tender);
  const discount = sum.discount_minor - off.reduce((all, one) => all + one.amount, 0);
  return html`<dl class="explained">
    <${Explained} label=${t('total.discount')} amount=${-discount * sign} />
    ${off.map((one) => html`<${Explained} key=${one.label} label=${one.label} amount=${-one.amount * sign} />`)}
    <${Explained} label=${t('total.tax')} amount=${sum.tax_minor * sign} kind="minor" />
    <${Explained} label=${t('total.paid_later')} amount=${sum.paid_later_minor * sign} />
    <${Explained} label=${t('total.rounding')} amount=${sum.rounding_minor * sign} kind="minor" />
  </dl>`;
}

/** Where redemptions pay, or paid for what comes back, the largest figure is not the bill's total: how it comes about. */
export function Redeemed() {
  const { due_minor: due, settled_minor: settled } = totals.value;
  if (due === settled) return null;
  const paying = redemptions().filter((one) => one.tender);
  const kept = paying.reduce((all, one) => all + one.amount, settled - due);
  return html`<dl class="explained redeemed">
    <${Explained} label=${t(due < 0 ? 'total.comes_back' : 'total.title')} amount=${Math.abs(due)} />
    ${paying.map((one) => html`<${Explained} key=${one.label} label=${one.label} amount=${-one.amount} />`)}
    <${Explained} label=${t('total.not_money')} amount=${-kept} />
  </dl>`;
}

/** The largest figure of the sale, and what it is: {words, amount}. */
export function totalWords() {
  const sum = totals.value;
  const words = sum.due_minor === sum.settled_minor ? 'total.title' : 'total.due';
  return { words: t(givesBack() ? 'total.back' : words), amount: money(dueWords(sum.settled_minor).amount, till.value) };
}

export function Total() {
  const { words, amount: shown } = totalWords();
  const back = givesBack();
  const count = totals.value.items_milli;
  return html`<section class="total" aria-label=${t('total.title')}>
    <p class="caption"><span class=${back ? 'back-words' : ''} data-total-words>${words}</span>
      <span>${tn('total.items', Math.ceil(count / 1000), { items: milli(count, till.value.locale) })}</span></p>
    <p class=${`giant ${shown.length > 13 ? 'long' : ''}`} data-total>${shown}</p>
    <${Redeemed} />
    <${Explanation} />
  </section>`;
}
