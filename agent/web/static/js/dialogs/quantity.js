/** F2: how many, or how heavy. */
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { parseDecimal, typedMilli } from '../money.js';
import { openDialog, selectedLine, till } from '../state.js';
import { Field } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

export function QuantityDialog() {
  const line = useRef(selectedLine.value).current;
  const { locale } = till.value;
  const text = useSignal(typedMilli(line.qty_milli, locale));
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const save = () => {
    const qty = parseDecimal(text.value, 3, locale);
    problem.value = qty ? '' : t('quantity.problem');
    if (qty) closeWhenDone(run('/api/line/quantity', { line: line.no, qty_milli: qty }));
  };
  return html`<${Dialog} name="quantity" title=${t(line.measured ? 'quantity.weight' : 'quantity.title')} kind="with-pad">
    <${Form} onSubmit=${save} submit=${t('dialog.set')} busy=${busy.value} refused=${refused.value}
        extra=${html`<${Button} label=${t('times.instead')} onPress=${() => openDialog('times', { text: text.value })} data-times-instead=${true} />`}>
      <p class="subject">${line.name}</p>
      <${Field} label=${t(line.measured ? 'quantity.weight_label' : 'quantity.label', { unit: line.unit })} text=${text}
        problem=${problem.value} first=${true} data-whole=${true} mode="decimal" kind="big" suffix=${line.measured ? line.unit : null} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
