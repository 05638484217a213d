/** What is known of a customer: balance, tier, coupons held, recent bills, and since when we know it. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { milli, money } from '../money.js';
import { balanceWords, callable, customerName, knownFrom } from '../panels/customer_card.js';
import { pastMinor, returnWord } from '../returns.js';
import { till } from '../state.js';
import { HeldCoupons } from './coupon.js';
import { moment } from './queue.js';

function Fact({ label, value }) {
  if (value === null || value === undefined || value === '') return null;
  return html`<div><dt>${label}</dt><dd class="figure">${value}</dd></div>`;
}

const points = (value) => (value === null ? null : milli(value, till.value.locale));

function Balance({ customer }) {
  const spent = customer.lifetime_purchases_minor;
  return html`<section class="facts" aria-label=${t('customer.balance')}>
    <p class="balance">${balanceWords(customer)}</p>
    <dl>
      <${Fact} label=${t('customer.earned')} value=${points(customer.points_earned_milli)} />
      <${Fact} label=${t('customer.redeemed')} value=${points(customer.points_redeemed_milli)} />
      <${Fact} label=${t('customer.expired')} value=${points(customer.points_expired_milli)} />
      <${Fact} label=${t('customer.lifetime')} value=${spent === null ? null : money(spent, till.value)} />
      <${Fact} label=${t('customer.kind.mobile')} value=${callable(customer.mobile)} />
      <${Fact} label=${t('customer.kind.email')} value=${customer.email} />
      <${Fact} label=${t('customer.kind.external_id')} value=${customer.external_id} />
      <${Fact} label=${t('customer.kind.card')} value=${customer.card} />
    </dl>
  </section>`;
}

function RecentBills({ bills }) {
  if (!bills.length) return html`<p class="quiet">${t('customer.no_bills')}</p>`;
  return html`<ul class="recent">${bills.map((bill) => html`<li key=${`${bill.number} ${bill.at}`}>
    <span>${bill.number}</span><span class="figure">${money(pastMinor(bill), till.value)}</span>
    <span class="quiet">${[returnWord(bill), moment(bill.at), bill.store].filter(Boolean).join(' · ')}</span>
  </li>`)}</ul>`;
}

/** Where the facts come from; never passes something typed or queued off as the cloud's word. */
function Source({ customer }) {
  const words = t(`customer.source.${customer.source}`, { at: moment(customer.known_at), known: knownFrom(customer) });
  return html`<p class=${customer.source === 'cloud' ? 'quiet' : 'notice warn'}>${words}</p>`;
}

export function CustomerFacts({ customer, applied, onUse, busy }) {
  const coupons = customer.coupons.filter((coupon) => coupon.code !== applied);
  return html`<div class="customer-facts">
    <div>
      <p class="subject"><bdi>${customerName(customer)}</bdi>${customer.tier && html`<span class="tier">${customer.tier}</span>`}</p>
      <${Source} customer=${customer} />
      <${Balance} customer=${customer} />
    </div>
    <div>
      <h3>${t('coupon.held')}</h3>
      ${applied && html`<p class="notice good">${t('coupon.applied', { code: applied })}</p>`}
      <${HeldCoupons} coupons=${coupons} onUse=${onUse} disabled=${busy} />
      <h3>${t('customer.bills')}</h3>
      <${RecentBills} bills=${customer.bills} />
    </div>
  </div>`;
}
