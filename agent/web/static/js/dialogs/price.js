/** F3: another price for the selected line, and why. */
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money, parseDecimal } from '../money.js';
import { selectedLine, till } from '../state.js';
import { Field, Reasons, useReason } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

export function PriceDialog() {
  const line = useRef(selectedLine.value).current;
  const text = useSignal('');
  const why = useReason('price');
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const save = () => {
    const price = parseDecimal(text.value, till.value.exponent, till.value.locale);
    problem.value = price === null ? t('amount.problem') : '';
    if (price !== null && why.given()) closeWhenDone(run('/api/line/price', { line: line.no, price_minor: price, reason: why.text }));
  };
  return html`<${Dialog} name="price" title=${t('price.title')} kind="with-pad" keys=${why.keys}>
    <${Form} onSubmit=${save} submit=${t('dialog.set')} busy=${busy.value} refused=${refused.value}>
      <p class="subject"><bdi>${line.name}</bdi> <span class="quiet">${t('price.now', { price: money(line.unit_price_minor, till.value) })}${line.measured && ` / ${line.unit}`}</span></p>
      <${Field} label=${t('price.label')} text=${text} problem=${problem.value} first=${true} mode="decimal" kind="big" />
      <${Reasons} why=${why} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
