/** Who the sale belongs to, on the sale screen: one button that says it and opens the rest. */
import { act, actions, can } from '../actions.js';
import { html } from '../html.js';
import { ago, t, tn } from '../i18n.js';
import { keyCap, keyShortcut } from '../keys.js';
import { milli, money, telephone } from '../money.js';
import { pastMinor, returnWord } from '../returns.js';
import { sale, snapshot, tick, till } from '../state.js';

/** A telephone number as one dials it: the cloud keeps the country's code without its plus. */
export const callable = (text) => telephone(/^[1-9]\d{10,14}$/.test(text) ? `+${text}` : text);

/** The customer's name, or what we know them by. */
export function customerName(customer) {
  const name = [customer.firstname, customer.lastname].filter(Boolean).join(' ');
  return name || callable(identifier(customer));
}

/** The first of the customer's identifiers, mobile before the others. */
export function identifier(customer) {
  return customer.mobile || customer.email || customer.external_id || customer.card;
}

/** What a number of points is worth, in minor units; null when the organisation's rate is not known. */
export function pointsWorth(pointsMilli, customer) {
  if (pointsMilli === null || customer.point_value_minor === null) return null;
  return Math.floor((pointsMilli * customer.point_value_minor) / 1000);
}

/** What of the balance earlier bills have not promised away; null when the balance is not known. */
export function pointsLeft(customer) {
  return customer.points_milli === null ? null : Math.max(0, customer.points_milli - sale.value.points_promised_milli);
}

/** The balance in words, and what of it is promised already; says so when it is not known. */
export function balanceWords(customer) {
  if (customer.points_milli === null) return t(`customer.balance_unknown.${customer.source === 'typed' ? 'offline' : 'cloud'}`);
  const left = pointsLeft(customer);
  const worth = pointsWorth(left, customer);
  const points = tn('customer.points', Math.floor(left / 1000), { points: milli(left, till.value.locale) });
  const words = worth === null ? points : t('customer.points_worth', { points, worth: money(worth, till.value) });
  const promised = customer.points_milli - left;
  return promised ? t('customer.points_promised', { points: words, promised: milli(promised, till.value.locale) }) : words;
}

/** Whether a coupon's time is over. */
export const lapsed = (coupon) => Date.parse(coupon.valid_till) < Date.parse(snapshot.value.at);

/** The coupons that can still be used: not the one on the bill, nor one whose time is over. */
const couponsLeft = (customer) => customer.coupons.filter((one) => one.code !== sale.value.coupon?.code && !lapsed(one));

/** No sale takes so long: what is older came with the bill that goods come back from. */
const OLD_S = 3600;

/** Where what we know of a customer comes from, when the cloud did not just say it; with its age. */
export function knownFrom(customer) {
  const age = (Date.parse(snapshot.value.at) - Date.parse(customer.known_at)) / 1000;
  const old = customer.source === 'cache' || (customer.source === 'cloud' && age > OLD_S);
  return old && tick.value >= 0 ? t('customer.known_from', { ago: ago(age) }) : '';
}

function Words({ customer }) {
  if (!customer) {
    const reason = sale.value.not_interested_reason;
    return html`<span class="who">${t('customer.none')}</span>
      <span class="quiet">${reason ? t('customer.not_interested', { reason }) : t('customer.none_hint')}</span>`;
  }
  const left = couponsLeft(customer).length;
  const held = left ? ` · ${tn('customer.coupons_held', left)}` : '';
  return html`<span class="who"><bdi>${customerName(customer)}</bdi>${customer.tier && html`<span class="tier">${customer.tier}</span>`}</span>
    <span class="quiet">${balanceWords(customer)}${held}</span>
    ${knownFrom(customer) && html`<span class="known-from">${knownFrom(customer)}</span>`}`;
}

export function CustomerCard() {
  const { key } = actions.customer;
  return html`<button type="button" class="customer-card" disabled=${!can.customer.value} aria-keyshortcuts=${keyShortcut(key)}
      onClick=${() => act('customer')} onPointerDown=${(event) => event.preventDefault()} data-action="customer">
    <span class="words"><${Words} customer=${sale.value.customer} /></span>
    <span class="do"><span>${t('action.customer')}</span> <kbd aria-hidden="true">${keyCap(key)}</kbd></span>
  </button>`;
}

function Sum({ label, value }) {
  if (value === null) return null;
  return html`<dt>${label}</dt><dd class="figure">${milli(value, till.value.locale)}</dd>`;
}

/** Under the card, where the screen is tall enough: points so far, coupons held, the last bills. */
export function CustomerAside() {
  const { customer } = sale.value;
  if (!customer) return null;
  const held = couponsLeft(customer);
  return html`<section class="side-facts" aria-label=${t('customer.details')} tabindex="0">
    <dl>
      <${Sum} label=${t('customer.earned')} value=${customer.points_earned_milli} />
      <${Sum} label=${t('customer.redeemed')} value=${customer.points_redeemed_milli} />
      <${Sum} label=${t('customer.expired')} value=${customer.points_expired_milli} />
    </dl>
    ${held.length ? html`<h2>${t('coupon.held')}</h2>
      <ul>${held.map((one) => html`<li key=${one.code}><strong>${one.code}</strong><span>${one.description}</span></li>`)}</ul>` : null}
    ${customer.bills.length ? html`<h2>${t('customer.bills')}</h2>
      <ul>${customer.bills.map((one) => html`<li key=${`${one.number} ${one.at}`}><span>${[one.number, returnWord(one)].filter(Boolean).join(' · ')}</span><span class="figure">${money(pastMinor(one), till.value)}</span></li>`)}</ul>` : null}
  </section>`;
}
