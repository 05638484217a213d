/** The rows of action buttons: those of the selected line under the lines, those of the bill under the total. */
import { ActionButton } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { givesBack } from '../returns.js';
import { connected } from '../state.js';

export function LineKeys() {
  return html`<div class="softkeys four" role="group" aria-label=${t('softkeys.line')}>
    <${ActionButton} name="quantity" />
    <${ActionButton} name="price" />
    <${ActionButton} name="discount" />
    <${ActionButton} name="void" kind="careful" />
  </div>`;
}

function payWords() {
  if (!connected.value) return t('agent.pay_blocked');
  return givesBack() ? t('action.give_back') : t('action.pay');
}

export function SideKeys() {
  return html`<div class="softkeys four" role="group" aria-label=${t('softkeys.bill')}>
    <${ActionButton} name="coupon" />
    <${ActionButton} name="points" />
    <${ActionButton} name="receipts" />
    <${ActionButton} name="back" />
    <${ActionButton} name="drawer" />
    <${ActionButton} name="cancel" kind="careful" />
    <${ActionButton} name="card" kind="double" />
    <${ActionButton} name="pay" kind="primary wide" label=${payWords()} />
  </div>`;
}
