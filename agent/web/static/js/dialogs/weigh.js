/** Goods sold by weight or measure were picked or scanned without one: how much of them? */
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money, parseDecimal, typedMilli } from '../money.js';
import { till } from '../state.js';
import { Field } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** WeighDialog({item}): what the agent asked about, {sku, name, unit, price_minor, qty_milli}. */
export function WeighDialog({ item }) {
  const text = useSignal(item.qty_milli ? typedMilli(item.qty_milli, till.value.locale) : '');
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const sell = () => {
    const qty = parseDecimal(text.value, 3, till.value.locale);
    problem.value = qty ? '' : t('quantity.problem');
    if (qty) closeWhenDone(run('/api/item/add', { sku: item.sku, qty_milli: qty }));
  };
  return html`<${Dialog} name="weigh" title=${t('quantity.weight')} kind="with-pad">
    <${Form} onSubmit=${sell} submit=${t('find.sell_item')} busy=${busy.value} refused=${refused.value}>
      <p class="subject">${item.name} <span class="quiet">${money(item.price_minor, till.value)} / ${item.unit}</span></p>
      <${Field} label=${t('quantity.weight_label', { unit: item.unit })} text=${text} problem=${problem.value} first=${true} data-whole=${true}
        mode="decimal" kind="big" suffix=${item.unit} data-weight=${true} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
