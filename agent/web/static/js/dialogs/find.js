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

/**
 * Items whose name has the text in it, asked for when the typing pauses; an older answer never overwrites a newer:
 * {items, at, chosen, mine, told, keys}. chosen() is null while the list is not mine, but of an earlier text: Enter may
 * be ahead of it. told: whether the agent said which there are.
 */
export function useItems(text) {
  const found = useSignal({ wish: '', items: [] });
  const at = useSignal(0);
  const wish = text.value.trim();
  useEffect(() => {
    const show = (items) => {
      at.value = 0;
      found.value = { wish, items };
    };
    if (wish.length < 2) {
      show([]);
      return undefined;
    }
    let wanted = true;
    const timer = setTimeout(async () => {
      const answer = await read(`/api/items?q=${encodeURIComponent(wish)}`);
      if (wanted) show(answer?.items ?? null);
    }, WAIT_MS);
    return () => {
      wanted = false;
      clearTimeout(timer);
    };
  }, [wish]);
  const items = found.value.items ?? [];
  const chosen = () => (found.value.wish === text.value.trim() ? found.value.items?.[at.value] ?? null : null);
  const move = (step) => ({ target }) => {
    if (target.type === 'radio') return false;
    at.value = Math.max(0, Math.min(items.length - 1, at.value + step));
    return true;
  };
  const mine = found.value.wish === wish;
  return { items, at: at.value, chosen, mine, told: found.value.items !== null, keys: { ArrowDown: move(1), ArrowUp: move(-1) } };
}

export function Item({ item, chosen, onPress }) {
  return html`<li role="option" aria-selected=${chosen ? 'true' : 'false'} id=${`item-${item.sku}`} class="found" onClick=${onPress}>
    <span class="name">${item.name}</span><span class="quiet">${[item.sku, item.gtin.replace(/^0(?=\d{13}$)/, '')].filter(Boolean).join(' · ')}</span>
    <span class="figure">${money(item.price_minor, till.value)}${item.measured ? ` / ${item.unit}` : ''}</span>
  </li>`;
}

/** Nothing has this in its name; or nobody told. */
function NoItems({ told }) {
  return told ? html`<p class="quiet">${t('find.nothing')}</p>` : html`<p class="notice warn" role="status">${t('dialog.untold')}</p>`;
}

/** Whether the text is a label rather than words: digits only, as long as a barcode or a scale's label can be. */
const isLabel = (text) => /^\d{4,}$/.test(text.trim());

/** FindDialog({text}): text is what was typed before the dialog was there. */
export function FindDialog({ text: begun = '' }) {
  const text = useSignal(begun);
  const { items, at, chosen, mine, told, keys } = useItems(text);
  const item = chosen();
  const { busy, refused, run } = useCommand();
  const add = (item) => closeWhenDone(run('/api/item/add', { sku: item.sku }));
  const scan = () => closeWhenDone(run('/api/scan', { label: text.value.trim(), symbology_id: '' }));
  const byLabel = () => isLabel(text.value) || !chosen();
  const submit = () => (byLabel() ? scan() : add(chosen()));
  return html`<${Dialog} name="find" title=${t('find.title')} kind="tall" keys=${keys}>
    <${Form} onSubmit=${submit} submit=${t(byLabel() ? 'find.sell_label' : 'find.sell_item')}
        busy=${busy.value} refused=${refused.value} disabled=${!text.value.trim()} extra=${html`<${LettersButton} />`}>
      <${Field} label=${t('find.label')} text=${text} first=${true} kind="big" role="combobox" aria-expanded="true"
        aria-controls="found" aria-autocomplete="list" aria-activedescendant=${item && `item-${item.sku}`} />
      <ul id="found" class="founds" role="listbox" aria-label=${t('find.results')}>
        ${items.map((one, place) => html`<${Item} key=${one.sku} item=${one} chosen=${place === at} onPress=${() => add(one)} />`)}
      </ul>
      ${mine && text.value.trim().length > 1 && !items.length && !isLabel(text.value) && html`<${NoItems} told=${told} />`}
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
