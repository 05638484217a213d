/** F1, or just typing: a barcode by hand, or an item by its name. */
import { useEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { read } from '../api.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { till } from '../state.js';
import { Field } from './fields.js';
import { Letters, LettersButton } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

const WAIT_MS = 120;

/** Items whose name has the text in it, asked for when the typing pauses; an older answer never overwrites a newer. */
export function useItems(text) {
  const items = useSignal([]);
  useEffect(() => {
    const wish = text.value.trim();
    if (wish.length < 2) {
      items.value = [];
      return undefined;
    }
    let wanted = true;
    const timer = setTimeout(async () => {
      const found = await read(`/api/items?q=${encodeURIComponent(wish)}`);
      if (wanted) items.value = found?.items ?? [];
    }, WAIT_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [text.value]);
  return items;
}

export function Item({ item, chosen, onPress }) {
  return html`<li role="option" aria-selected=${chosen ? 'true' : 'false'} id=${`item-${item.sku}`} class="found" onClick=${onPress}>
    <span class="name">${item.name}</span><span class="quiet">${[item.sku, item.gtin.replace(/^0(?=\d{13}$)/, '')].filter(Boolean).join(' · ')}</span>
    <span class="figure">${money(item.price_minor, till.value)}${item.unit === 'pcs' ? '' : ` / ${item.unit}`}</span>
  </li>`;
}

/** Whether the text is a label rather than words: digits only, as long as a barcode or a scale's label can be. */
const isLabel = (text) => /^\d{4,}$/.test(text.trim());

export function useChosen(items) {
  const at = useSignal(0);
  const move = (step) => ({ target }) => {
    if (target.type === 'radio') return false;
    at.value = Math.max(0, Math.min(items.value.length - 1, at.value + step));
    return true;
  };
  useEffect(() => {
    at.value = 0;
  }, [items.value]);
  return { at, keys: { ArrowDown: move(1), ArrowUp: move(-1) } };
}

/** FindDialog({text}): text is what was typed before the dialog was there. */
export function FindDialog({ text: begun = '' }) {
  const text = useSignal(begun);
  const items = useItems(text);
  const { at, keys } = useChosen(items);
  const { busy, refused, run } = useCommand();
  const add = (item) => closeWhenDone(run('/api/item/add', { sku: item.sku }));
  const scan = () => closeWhenDone(run('/api/scan', { label: text.value.trim(), symbology_id: '' }));
  const submit = () => {
    const item = items.value[at.value];
    if (isLabel(text.value) || !item) scan();
    else add(item);
  };
  return html`<${Dialog} name="find" title=${t('find.title')} kind="tall" keys=${keys}>
    <${Form} onSubmit=${submit} submit=${t(isLabel(text.value) || !items.value.length ? 'find.sell_label' : 'find.sell_item')}
        busy=${busy.value} refused=${refused.value} disabled=${!text.value.trim()} extra=${html`<${LettersButton} />`}>
      <${Field} label=${t('find.label')} text=${text} first=${true} kind="big" role="combobox" aria-expanded="true"
        aria-controls="found" aria-autocomplete="list" aria-activedescendant=${items.value[at.value] ? `item-${items.value[at.value].sku}` : null} />
      <ul id="found" class="founds" role="listbox" aria-label=${t('find.results')}>
        ${items.value.map((item, place) => html`<${Item} key=${item.sku} item=${item} chosen=${place === at.value} onPress=${() => add(item)} />`)}
      </ul>
      ${text.value.trim().length > 1 && !items.value.length && !isLabel(text.value) && html`<p class="quiet">${t('find.nothing')}</p>`}
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
