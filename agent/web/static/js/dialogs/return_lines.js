/** The lines of a bill with how many of each come back: typed, or stepped with the − and + keys and buttons. */
import { useRef } from '../../vendor/hooks.js';
import { signal } from '../../vendor/signals.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money, parseDecimal, quantity, typedMilli } from '../money.js';
import { till } from '../state.js';

const mayCome = (line) => line.single && line.left_milli > 0;

/** A signal of text for each line; a bill with one thing on it begins with all of that. */
export function useQuantities(lines) {
  const kept = useRef(null);
  const open = lines.filter(mayCome);
  kept.current ??= new Map(lines.map((line) => {
    const all = open.length === 1 && open[0].no === line.no;
    return [line.no, signal(all ? typedMilli(line.left_milli, till.value.locale) : '0')];
  }));
  return kept.current;
}

/** How much of a line is typed, in thousandths; null when it is no quantity. */
function typed(text, locale) {
  return text.trim() === '' ? 0 : parseDecimal(text, 3, locale);
}

/** [{line, qty_milli}] of what comes back; null when a quantity is no quantity, or more than is left. */
export function chosenLines(lines, quantities, locale) {
  const read = lines.filter(mayCome).map((line) => [line, typed(quantities.get(line.no).value, locale)]);
  if (read.some(([line, milli]) => milli === null || milli > line.left_milli)) return null;
  return read.filter(([, milli]) => milli > 0).map(([line, milli]) => ({ line: line.no, qty_milli: milli }));
}

/** One more or one less; what is weighed goes by all or nothing, its part is typed. */
function stepped(line, text, sign) {
  const { locale } = till.value;
  const now = typed(text.value, locale) ?? 0;
  const step = line.measured ? line.left_milli : 1000;
  text.value = typedMilli(Math.max(0, Math.min(line.left_milli, now + sign * step)), locale);
}

function Stepper({ line, text, first }) {
  const { locale } = till.value;
  const milli = typed(text.value, locale);
  const wrong = milli === null || milli > line.left_milli;
  return html`<span class="stepper">
    <${Button} label="−" repeatable=${true} tabindex="-1" aria-label=${t('return.less', { name: line.name })} disabled=${milli === 0}
      onPress=${() => stepped(line, text, -1)} />
    <input type="text" inputmode="decimal" value=${text.value} autocomplete="off" aria-label=${t('return.how_many', { name: line.name })}
      aria-invalid=${wrong ? 'true' : null} data-back-qty=${line.no} tabindex=${first ? '0' : '-1'} data-first data-whole onFocus=${(event) => event.currentTarget.select()}
      onInput=${(event) => { text.value = event.currentTarget.value; }} />
    <${Button} label="+" repeatable=${true} tabindex="-1" aria-label=${t('return.more', { name: line.name })}
      disabled=${!wrong && milli === line.left_milli} onPress=${() => stepped(line, text, 1)} />
  </span>`;
}

function Line({ line, text, first }) {
  const { locale } = till.value;
  const many = (milli) => quantity(milli, line, locale);
  const left = t('return.line_left', { left: many(line.left_milli), bought: many(line.qty_milli) });
  const why = line.left_milli > 0 ? t('return.set') : t('return.line_gone');
  return html`<li class=${`back-line ${(typed(text.value, locale) ?? 0) > 0 ? 'coming' : ''}`}>
    <span class="what"><span class="name">${line.name}</span><span class="under">${left} · ${money(line.amount_minor, till.value)}</span></span>
    ${mayCome(line) ? html`<${Stepper} line=${line} text=${text} first=${first} />` : html`<span class="why quiet">${why}</span>`}
  </li>`;
}

/** The keys that move between the quantities and step the one in focus; other fields keep theirs. Tab leaves the list. */
export function quantityKeys(lines, quantities) {
  const place = (event) => event.target.dataset?.backQty;
  const move = (by) => (event) => {
    if (!place(event)) return false;
    const boxes = [...document.querySelectorAll('dialog[open] [data-back-qty]')];
    boxes[boxes.indexOf(event.target) + by]?.focus();
    return true;
  };
  const step = (sign) => (event) => {
    const line = lines.find((one) => String(one.no) === place(event));
    if (!line) return false;
    stepped(line, quantities.get(line.no), sign);
    const box = event.target;
    requestAnimationFrame(() => {
      if (document.activeElement === box) box.select(); // a digit after it replaces; select() would take the focus back
    });
    return true;
  };
  return { ArrowDown: move(1), ArrowUp: move(-1), '+': step(1), '-': step(-1) };
}

export function BackLines({ lines, quantities, problem }) {
  const first = lines.find(mayCome)?.no;
  return html`<ul class="back-lines" aria-label=${t('return.lines')}>
      ${lines.map((line) => html`<${Line} key=${line.no} line=${line} text=${quantities.get(line.no)} first=${line.no === first} />`)}
    </ul>
    ${problem && html`<p class="problem" role="alert">${problem}</p>`}`;
}
