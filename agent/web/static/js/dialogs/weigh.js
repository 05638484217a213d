/** Goods sold by weight or measure were picked or scanned without one: how much of them? */
import { useLayoutEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money, parseDecimal, typedMilli } from '../money.js';
import { closeDialog, lines, sale, snapshot, till } from '../state.js';
import { Field } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** Whether the goods were sold since they were asked about, such as by the scale once they were scanned again. */
function isSold(item, before) {
  const since = before.sale === sale.value.id ? before.line : 0;
  return lines.value.some((line) => line.no > since && line.sku === item.sku);
}

/** Why the scale did not say it, where there is one; the dialog lies over the line that does. */
function Why() {
  const { notice } = snapshot.value;
  const why = notice?.code === 'weight-needed' ? notice.params.why : '';
  return why ? html`<p class="notice warn" data-why>${why}</p>` : null;
}

/**
 * WeighDialog({item, before}): item is what the agent asked about, {id, sku, name, unit, price_minor, qty_milli}, before the sale
 * and its last line by then, {sale, line}. The answer names the question by its id. What is sold meanwhile is asked about no more;
 * where a weight is being typed the dialog stays for its last keys, which would go to the sale screen, and Enter only ends it.
 */
export function WeighDialog({ item, before }) {
  const begun = item.qty_milli ? typedMilli(item.qty_milli, till.value.locale) : '';
  const text = useSignal(begun);
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const sold = isSold(item, before);
  useLayoutEffect(() => {
    if (sold && text.value === begun) closeDialog();
  }, [sold]);
  const sell = () => {
    const qty = parseDecimal(text.value, 3, till.value.locale);
    problem.value = qty ? '' : t('quantity.problem');
    if (qty) closeWhenDone(run('/api/item/add', { sku: item.sku, qty_milli: qty, question: item.id }));
  };
  return html`<${Dialog} name="weigh" title=${t('quantity.weight')} kind="with-pad">
    <${Form} onSubmit=${sold ? closeDialog : sell} submit=${t(sold ? 'dialog.back' : 'find.sell_item')} busy=${busy.value} refused=${refused.value}>
      <p class="subject"><bdi>${item.name}</bdi> <span class="quiet">${money(item.price_minor, till.value)} / ${item.unit}</span></p>
      <${Why} />
      <${Field} label=${t('quantity.weight_label', { unit: item.unit })} text=${text} problem=${problem.value} first=${true} data-whole=${true}
        mode="decimal" kind="big" suffix=${item.unit} data-weight=${true} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
