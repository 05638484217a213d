/** F3: another price for the selected line, and why. */
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { list, t } from '../i18n.js';
import { money, parseDecimal } from '../money.js';
import { selectedLine, till } from '../state.js';
import { Field, Reasons, reasonText } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

export function PriceDialog() {
  const line = useRef(selectedLine.value).current;
  const reasons = list('reasons.price');
  const text = useSignal('');
  const chosen = useSignal(reasons[0]);
  const own = useSignal('');
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const reason = reasonText(chosen, own);
  const save = () => {
    const price = parseDecimal(text.value, till.value.exponent, till.value.locale);
    problem.value = price === null ? t('amount.problem') : '';
    if (price !== null) closeWhenDone(run('/api/line/price', { line: line.no, price_minor: price, reason }));
  };
  return html`<${Dialog} name="price" title=${t('price.title')} kind="with-pad">
    <${Form} onSubmit=${save} submit=${t('dialog.set')} busy=${busy.value} refused=${refused.value} disabled=${!reason}>
      <p class="subject">${line.name} <span class="quiet">${t('price.now', { price: money(line.unit_price_minor, till.value) })}</span></p>
      <${Field} label=${t('price.label')} text=${text} problem=${problem.value} first=${true} mode="decimal" kind="big" />
      <${Reasons} reasons=${reasons} chosen=${chosen} own=${own} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
