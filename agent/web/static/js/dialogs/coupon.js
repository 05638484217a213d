/** F5: a coupon by its code, or one the customer is known to hold. It is checked with the cloud before it counts. */
import { useLayoutEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { lapsed } from '../panels/customer_card.js';
import { connected, sale, till } from '../state.js';
import { Field, typeAnew } from './fields.js';
import { Letters, LettersButton } from './number_pad.js';
import { day } from './queue.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** Until when a coupon can be used, or that its time is over; the cloud has the last word either way. */
function validity(coupon) {
  return t(lapsed(coupon) ? 'coupon.lapsed' : 'coupon.valid_till', { date: day(coupon.valid_till) });
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
    <p><strong>${coupon.code}</strong> ${coupon.description} <span class="figure">${money(-coupon.value_minor, till.value)}</span></p>
    <${Button} label=${t('coupon.remove')} disabled=${busy || !connected.value} onPress=${onRemove} />
  </div>
  <p class="quiet">${t('coupon.one')}</p>`;
}

/** The coupon whose code is on the customer's phone, once the agent says that there is one (725). */
function useCode() {
  const asked = useSignal('');
  const otp = useSignal('');
  useLayoutEffect(() => {
    if (asked.value) document.querySelector('[data-otp]')?.focus();
  }, [asked.value]);
  return { asked, otp };
}

export function CouponDialog() {
  const text = useSignal('');
  const { asked, otp } = useCode();
  const { busy, refused, run } = useCommand();
  const { coupon, customer } = sale.value;
  const coded = asked.value !== '' && asked.value === text.value.trim();
  const use = async (code, sent = '') => {
    const answer = await closeWhenDone(run('/api/coupon/apply', sent ? { code, otp: sent } : { code }));
    if (sent) typeAnew(answer, otp, 'otp');
    if (answer.code !== '725') return;
    text.value = code;
    asked.value = code;
  };
  return html`<${Dialog} name="coupon" title=${t('coupon.title')}>
    <${Form} onSubmit=${() => use(text.value.trim(), coded ? otp.value.trim() : '')} submit=${t('coupon.use')} busy=${busy.value} refused=${refused.value}
        disabled=${!text.value.trim() || (coded && !otp.value.trim())}
        extra=${html`${coded && html`<${Button} label=${t('coupon.again')} disabled=${busy.value || !connected.value} onPress=${() => use(asked.value)} />`}<${LettersButton} />`}>
      ${coupon && html`<${Applied} coupon=${coupon} busy=${busy.value} onRemove=${() => closeWhenDone(run('/api/coupon/remove', {}))} />`}
      <${Field} label=${t('coupon.label')} text=${text} first=${true} kind="big" autocapitalize="characters" />
      ${coded && html`<${Field} label=${t('coupon.code')} text=${otp} kind="big" data-otp=${true} />`}
      ${customer && html`<h3>${t('coupon.held')}</h3><${HeldCoupons} coupons=${customer.coupons} onUse=${(code) => use(code)} disabled=${busy.value} />`}
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
