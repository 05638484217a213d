/** Goods come back of a bill this till does not know: which item, of which bill, how many, why. */
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money, parseDecimal } from '../money.js';
import { connected, openDialog, sale, till } from '../state.js';
import { Field, Reasons, useReason } from './fields.js';
import { Item, useItems } from './find.js';
import { Letters, LettersButton } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

const isDate = (text) => /^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text));

/** The fields, and what is wrong with them. */
function useEntry(begun) {
  const names = { number: begun, boughtOn: '', item: '', qty: '', dateProblem: '', qtyProblem: '' };
  const fields = Object.fromEntries(Object.entries(names).map(([name, value]) => [name, useSignal(value)]));
  return { ...fields, picked: useSignal(null), why: useReason('return') };
}

/** What is sent, or null with the problems said. */
function wanted(entry, item) {
  // One piece unless told; what is measured has no such quantity.
  const untold = !entry.qty.value.trim() && !item.measured ? 1000 : null;
  const qty = untold ?? parseDecimal(entry.qty.value, 3, till.value.locale);
  const boughtOn = entry.boughtOn.value.trim();
  entry.qtyProblem.value = qty ? '' : t('quantity.problem');
  entry.dateProblem.value = isDate(boughtOn) ? '' : t('enrol.birthday_problem');
  if (!qty || entry.dateProblem.value) return null;
  const reason = entry.why.text;
  return { number: entry.number.value.trim(), bought_on: boughtOn, sku: item.sku, qty_milli: qty, reason };
}

/** The item: looked for by name or barcode until one is picked; then how many is typed. */
function ItemChoice({ entry, items, at }) {
  const { item, picked } = entry;
  const pick = (one) => {
    picked.value = one;
    item.value = '';
    document.querySelector('dialog [data-how-many]')?.focus();
  };
  if (picked.value) {
    return html`<div class="applied"><span><strong>${picked.value.name}</strong> · ${money(picked.value.price_minor, till.value)}</span>
      <${Button} label=${t('return.other_item')} onPress=${() => { picked.value = null; }} /></div>`;
  }
  return html`<ul id="back-items" class="founds" role="listbox" aria-label=${t('find.results')}>
    ${items.map((one, place) => html`<${Item} key=${one.sku} item=${one} chosen=${place === at} onPress=${() => pick(one)} />`)}
  </ul>`;
}

/** ReturnUnknownDialog({number}): number as far as it was typed already. */
export function ReturnUnknownDialog({ number = '' }) {
  const entry = useEntry(number);
  const { items, at, chosen, keys } = useItems(entry.item);
  const { busy, refused, run } = useCommand();
  const item = entry.picked.value ?? chosen();
  const complete = entry.number.value.trim() && item;
  const send = () => {
    const body = wanted(entry, item);
    if (body && entry.why.given()) closeWhenDone(run('/api/return/unknown', body));
  };
  return html`<${Dialog} name="return_unknown" title=${t('return.unknown_title')} kind="tall wide return" keys=${{ ...entry.why.keys, ...keys }} onBack=${() => openDialog('return')}>
    <${Form} onSubmit=${send} submit=${t('return.take')} busy=${busy.value} refused=${refused.value} disabled=${!complete} extra=${html`
        ${sale.value.customer ? html`<${LettersButton} />`
          : html`<${Button} label=${t('points.find_customer')} disabled=${!connected.value} onPress=${() => openDialog('customer')} />`}`}>
      ${!sale.value.customer && html`<p class="notice warn">${t('return.needs_member')}</p>`}
      <div class="two">
        <${Field} label=${t('return.number_printed')} text=${entry.number} first=${true} />
        <${Field} label=${t('return.bought_on')} text=${entry.boughtOn} problem=${entry.dateProblem.value} mode="numeric" />
        <${Field} label=${t('return.item')} text=${entry.item} role="combobox" aria-expanded="true" aria-controls="back-items" aria-autocomplete="list"
          aria-activedescendant=${chosen() && `item-${chosen().sku}`} disabled=${entry.picked.value !== null} />
        <${Field} label=${t('quantity.label')} text=${entry.qty} problem=${entry.qtyProblem.value} mode="decimal" data-how-many=${true} />
      </div>
      <${ItemChoice} entry=${entry} items=${items} at=${at} />
      <${Reasons} why=${entry.why} kind="four" />
    </${Form}>
    ${sale.value.customer && html`<${Letters} />`}
  </${Dialog}>`;
}
