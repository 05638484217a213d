/** Which bill comes back: scanned, chosen from the last ones, or typed; its last digits are enough for those. */
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { read } from '../api.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { isCreditNote, unknownAllowed } from '../returns.js';
import { connected, openDialog, till } from '../state.js';
import { Field } from './fields.js';
import { Letters, NumberPad } from './number_pad.js';
import { moment } from './queue.js';
import { Dialog, Form } from './dialog_frame.js';

const RECENT = 200;
const SHOWN = 30;

/** The last bills, newest first; null until they came, false when they were asked for in vain. */
function useRecent() {
  const bills = useSignal(null);
  useEffect(() => {
    read(`/api/bills?limit=${RECENT}`).then((found) => {
      bills.value = found?.bills ?? (bills.value || false);
    });
  }, [connected.value]);
  return bills.value;
}

/** Those whose number ends with what was typed, then those that have it somewhere; credit notes last: of them nothing comes back. */
function matching(all, wish) {
  const low = wish.toLowerCase();
  const bills = [...all.filter((bill) => !isCreditNote(bill)), ...all.filter(isCreditNote)];
  const ends = bills.filter((bill) => bill.number.toLowerCase().endsWith(low));
  const holds = bills.filter((bill) => bill.number.toLowerCase().includes(low) && !ends.includes(bill));
  return [...ends, ...holds].slice(0, SHOWN);
}

function Row({ bill, chosen, onPress }) {
  return html`<li id=${`back-${bill.number}`} role="option" aria-selected=${chosen ? 'true' : 'false'} class="receipt-row" onClick=${onPress}>
    <span class="name">${bill.number}</span><span class="figure">${money(bill.due_minor, till.value)}</span>
    <span class="under">${moment(bill.at)}${bill.customer ? ` · ${bill.customer}` : ''}</span>
  </li>`;
}

/** The chosen row: none before something was typed or an arrow pressed. */
function useChosen(wish, count) {
  const at = useSignal(-1);
  const list = useRef(null);
  useEffect(() => {
    at.value = wish ? 0 : -1;
  }, [wish]);
  useEffect(() => {
    list.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at.value]);
  const move = (step) => () => {
    at.value = Math.max(0, Math.min(count - 1, at.value + step));
  };
  return { at: at.value, list, keys: { ArrowDown: move(1), ArrowUp: move(-1) } };
}

/** Letters or digits on the screen: numbers of bills have both, and mostly the last digits do. */
function LettersOrDigits({ letters }) {
  return html`<${Button} label=${t(letters.value ? 'letters.hide' : 'letters.show')} kind="quiet-button"
    aria-pressed=${letters.value ? 'true' : 'false'} onPress=${() => { letters.value = !letters.value; }} />`;
}

/** ReturnFind({begun, busy, refused, onLook}): begun is the number that was looked up already. */
export function ReturnFind({ begun, busy, refused, onLook }) {
  const text = useSignal(begun);
  const letters = useSignal(false);
  const wish = text.value.trim();
  const recent = useRecent();
  const bills = matching(recent || [], wish);
  const { at, list, keys } = useChosen(wish, bills.length);
  const chosen = bills[at] ?? null;
  const wanted = chosen?.number ?? wish;
  return html`<${Dialog} name="return" title=${t('return.title')} kind=${letters.value ? 'tall wide foot-beside' : 'tall wide with-pad'} keys=${keys}>
    <${Form} onSubmit=${() => onLook(wanted)} submit=${t('return.find')} busy=${busy} refused=${refused} disabled=${!wanted} extra=${html`
        ${!letters.value && unknownAllowed() && html`<${Button} label=${t('return.unknown')} disabled=${!connected.value} onPress=${() => openDialog('return_unknown', { number: wish })} />`}
        <${LettersOrDigits} letters=${letters} />`}>
      <${Field} label=${t('return.number')} text=${text} first=${true} kind="big" data-whole=${true} role="combobox" aria-expanded="true" aria-controls="back-bills"
        aria-autocomplete="list" aria-activedescendant=${chosen ? `back-${chosen.number}` : null} />
      <ul id="back-bills" ref=${list} class="founds" role="listbox" aria-label=${t('return.recent')}>
        ${bills.map((bill, place) => html`<${Row} key=${bill.number} bill=${bill} chosen=${place === at} onPress=${() => onLook(bill.number)} />`)}
      </ul>
      ${recent === false && html`<p class="notice warn" role="status">${t('dialog.untold')}</p>`}
      ${wish && recent && !bills.length && html`<p class="quiet">${t('return.not_recent')}</p>`}
    </${Form}>
    ${letters.value ? html`<${Letters} shown=${true} />` : html`<${NumberPad} sign="-" />`}
  </${Dialog}>`;
}
