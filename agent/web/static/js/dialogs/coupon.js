/** F5: a coupon by its code, or one the customer is known to hold. It is checked with the cloud before it counts. */
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { connected, sale, snapshot, till } from '../state.js';
import { Field } from './fields.js';
import { Letters, LettersButton } from './pad.js';
import { Dialog, Form, useCommand } from './shell.js';

/** Until when a coupon can be used, or that its time is over; the cloud has the last word either way. */
function validity(coupon) {
  const date = coupon.valid_till.slice(0, 10);
  return t(date < snapshot.value.at.slice(0, 10) ? 'coupon.lapsed' : 'coupon.valid_till', { date });
}

/** The coupons of a customer, each a button that asks for it. */
export function HeldCoupons({ coupons, onUse, disabled }) {
  if (!coupons.length) return html`<p class="quiet">${t('coupon.none_held')}</p>`;
  return html`<ul class="held">${coupons.map((coupon) => html`<li key=${coupon.code}>
    <${Button} kind="held-coupon" disabled=${disabled || !connected.value} onPress=${() => onUse(coupon.code)}
      label=${html`<strong>${coupon.code}</strong><span>${coupon.description}</span>
        ${coupon.valid_till && html`<span class="quiet">${validity(coupon)}</span>`}`} />
  </li>`)}</ul>`;
}

function Applied({ coupon, onRemove, busy }) {
  return html`<div class="applied">
    <p><strong>${coupon.code}</strong> ${coupon.description} <span class="figure">−${money(coupon.value_minor, till.value)}</span></p>
    <${Button} label=${t('coupon.remove')} disabled=${busy || !connected.value} onPress=${onRemove} />
  </div>`;
}

export function CouponDialog() {
  const text = useSignal('');
  const { busy, refused, run } = useCommand();
  const { coupon, customer } = sale.value;
  const use = (code) => closeWhenDone(run('/api/coupon/apply', { code }));
  return html`<${Dialog} name="coupon" title=${t('coupon.title')}>
    <${Form} onSubmit=${() => use(text.value.trim())} submit=${t('coupon.use')} busy=${busy.value} refused=${refused.value}
        disabled=${!text.value.trim()} extra=${html`<${LettersButton} />`}>
      ${coupon && html`<${Applied} coupon=${coupon} busy=${busy.value} onRemove=${() => closeWhenDone(run('/api/coupon/remove', {}))} />`}
      <${Field} label=${t('coupon.label')} text=${text} first=${true} kind="big" autocapitalize="characters" />
      ${customer && html`<h3>${t('coupon.held')}</h3><${HeldCoupons} coupons=${customer.coupons} onUse=${use} disabled=${busy.value} />`}
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
