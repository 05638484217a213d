/** The lines of the open sale, newest marked, one of them selected; or, with no sale open, how the last one ended. */
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { actions, restore } from '../actions.js';
import { keepFocus } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { keyCap } from '../keys.js';
import { milli, money, quantity } from '../money.js';
import { lines, newestNo, sale, selectedNo, snapshot, till } from '../state.js';
import { BillState } from './bill_state.js';

/** Whether the price of one and the amount are the same figure. */
const isSingle = ({ qty_milli: qty, measured, discount_minor: off }) => qty === 1000 && !measured && !off;

function details(line, locale) {
  const each = `${money(line.unit_price_minor, till.value)}${line.measured ? ` / ${line.unit}` : ''}`;
  const parts = line.parts.map((part) => `${milli(part.qty_milli, locale)} × ${part.name}`);
  const more = [
    ...line.variant.map(([name, value]) => `${name} ${value}`),
    ...(parts.length ? [t('line.parts', { parts: parts.join(', ') })] : []),
    ...(line.discount_minor ? [t('line.discount', { amount: money(Math.abs(line.discount_minor), till.value) })] : []),
  ].join(' · ');
  return { each, more };
}

/**
 * Where the amount of a voided line was: that it is voided, and the way back. The newest one's has a key. It is no
 * button for who cannot see it: an option of a list holds none, and the key does the same.
 */
function Undo({ line }) {
  const { key, when } = actions.restore;
  const undo = (event) => when() && event.detail < 2 && restore(line.no);
  return html`<span class="amount"><span class="only-heard">${t('line.voided')}</span>
    <span class="button" aria-hidden="true" data-restore=${line.no} onClick=${undo} onPointerDown=${keepFocus}>
      <span class="label">${t('action.restore')}</span>
      ${line.no === sale.value.last_void && html`<kbd>${keyCap(key)}</kbd>`}</span></span>`;
}

function Line({ line, newest, selected }) {
  const { locale } = till.value;
  const { each: price, more } = details(line, locale);
  const each = line.back ? '' : price; // what comes back is worth what was paid, not its price
  const under = isSingle(line) ? '' : each;
  const kind = `line ${line.voided ? 'voided' : ''} ${newest ? 'newest' : ''} ${line.back ? 'back' : ''}`;
  const choose = () => {
    if (!line.voided) selectedNo.value = line.no;
  };
  return html`<li id=${`line-${line.no}`} class=${kind} role="option" aria-selected=${selected ? 'true' : 'false'}
      onClick=${choose}>
    <span class="no">${line.no}</span>
    <span class="what"><span class="name">${line.name}</span>
      ${line.back && html`<span class="from">${t('line.back', { number: line.back })}</span>`}
      ${(under || more) && html`<span class="under">${under && html`<span class="each">${under}</span> `}${more}</span>`}</span>
    <span class="qty">${quantity(line.back ? -line.qty_milli : line.qty_milli, line, locale)}</span>
    <span class="price">${each}</span>
    ${line.voided ? html`<${Undo} line=${line} />` : html`<span class="amount">${money(line.amount_minor, till.value)}</span>`}
  </li>`;
}

function NoLines() {
  return html`<div class="no-lines">
    <p class="ready">${t('bill.ready')}</p>
    ${snapshot.value.last_bill && html`<${BillState} bill=${snapshot.value.last_bill} title=${t('bill.last')} />`}
  </div>`;
}

function showChosen(box) {
  box?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
}

/** The list; its chosen line stays in sight when it changes, and when a second row of badges takes its room. */
function useChosenInSight(chosen) {
  const box = useRef(null);
  useLayoutEffect(() => showChosen(box.current), [chosen, lines.value.length]);
  const empty = !lines.value.length;
  useLayoutEffect(() => {
    if (empty) return undefined;
    const watch = new ResizeObserver(() => showChosen(box.current));
    watch.observe(box.current);
    return () => watch.disconnect();
  }, [empty]);
  return box;
}

export function Lines() {
  const chosen = selectedNo.value;
  const box = useChosenInSight(chosen);
  if (!lines.value.length) return html`<${NoLines} />`;
  return html`<div class="lines">
    <div class="line captions" aria-hidden="true">
      <span class="no">#</span><span class="what">${t('line.item')}</span><span class="qty">${t('line.qty')}</span>
      <span class="price">${t('line.price')}</span><span class="amount">${t('line.amount')}</span>
    </div>
    <ul id="lines" ref=${box} role="listbox" tabindex="0" aria-label=${t('lines.title')}
        aria-activedescendant=${chosen === null ? null : `line-${chosen}`}>
      ${lines.value.map((line) => html`<${Line} key=${line.no} line=${line} newest=${line.no === newestNo.value}
        selected=${line.no === chosen} />`)}
    </ul>
  </div>`;
}
