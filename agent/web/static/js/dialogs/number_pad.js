/** Keys on the screen, for tills without a keyboard: a number pad, and letters on demand. They type into a field. */
import { signal } from '../../vendor/signals.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { list, t } from '../i18n.js';
import { separators } from '../money.js';
import { till } from '../state.js';

let field = null;

const TEXT = 'input:not([type=radio], [type=checkbox])';

/** Remembers the text field in use, so that a touched key types there even after a choice took the focus. */
export function rememberField(event) {
  if (event.target.matches(TEXT)) field = event.target;
}

function target() {
  if (field?.isConnected && !field.disabled) return field;
  return document.querySelector(`dialog[open] ${TEXT}:not(:disabled)`);
}

/** A key of the keyboard that was pressed beside every field, on a choice or a button: it is for the field in use. */
export function typeBeside(char, pressed) {
  if (char === ' ' || pressed.matches(TEXT) || !target()) return false;
  type(char);
  return true;
}

/** Types as a keyboard would: at the caret, over a selection, and the field's own listener hears of it. */
function type(text) {
  const box = target();
  if (!box) return;
  const caret = box.selectionStart;
  box.focus();
  if (text !== null) box.setRangeText(text, box.selectionStart, box.selectionEnd, 'end');
  else if (box.selectionStart !== box.selectionEnd) box.setRangeText('', box.selectionStart, box.selectionEnd, 'end');
  else if (caret > 0) {
    const before = Array.from(box.value.slice(0, caret));
    box.setRangeText('', caret - before.at(-1).length, caret, 'end');
  }
  const inputType = text === null ? 'deleteContentBackward' : 'insertText';
  box.dispatchEvent(new InputEvent('input', { bubbles: true, inputType, data: text }));
}

function Key({ text, label = text, kind = '', onPress }) {
  return html`<${Button} label=${label} kind=${`pad-key ${kind}`} repeatable=${true} tabindex="-1"
    onPress=${onPress ?? (() => type(text))} />`;
}

const Rub = () => html`<${Button} label="⌫" kind="pad-key" repeatable=${true} tabindex="-1" aria-label=${t('pad.rub')}
  onPress=${() => type(null)} />`;

/** 0 to 9, the locale's decimal sign (or "+" for telephone numbers), and rub out. */
export function NumberPad({ sign }) {
  const point = sign ?? separators(till.value.locale).decimal;
  return html`<div class="pad" role="group" aria-label=${t('pad.title')}>
    ${[...'789456123'].map((digit) => html`<${Key} key=${digit} text=${digit} />`)}
    <${Key} text=${point} /><${Key} text="0" /><${Rub} />
  </div>`;
}

/** Whether the letters are on the screen: from the start where the main pointer is a finger. */
export const lettersShown = signal(matchMedia('(pointer: coarse)').matches);
const capitals = signal(false);
const digits = signal(false);

/** The button that brings the letters and takes them away. */
export function LettersButton() {
  return html`<${Button} label=${t(lettersShown.value ? 'letters.hide' : 'letters.show')} kind="quiet-button"
    aria-pressed=${lettersShown.value ? 'true' : 'false'} onPress=${() => { lettersShown.value = !lettersShown.value; }} />`;
}

/** Letters, digits and the signs of an e-mail address; shown overrides what the button chose. */
export function Letters({ shown: wanted = lettersShown.value }) {
  if (!wanted) return null;
  const rows = list(digits.value ? 'letters.digits' : 'letters.rows');
  const shown = (char) => (capitals.value ? char.toUpperCase() : char);
  return html`<div class="letters" role="group" aria-label=${t('letters.title')}>
    ${rows.map((row) => html`<div class="letters-row" key=${row}>
      ${Array.from(row).map((char) => html`<${Key} key=${char} text=${shown(char)} />`)}
    </div>`)}
    <div class="letters-row">
      <${Key} label=${t('letters.shift')} kind=${capitals.value ? 'held' : ''} onPress=${() => { capitals.value = !capitals.value; }} />
      <${Key} label=${t(digits.value ? 'letters.to_letters' : 'letters.to_digits')} onPress=${() => { digits.value = !digits.value; }} />
      <${Key} text="@" /><${Key} text="." />
      <${Key} text=" " label=${t('letters.space')} kind="space" />
      <${Key} text="-" /><${Key} text="_" /><${Rub} />
    </div>
  </div>`;
}
