/** Buttons of the till: the action in words, its key printed on it, at least 64 px high. */
import { act, actions, can } from './actions.js';
import { html } from './html.js';
import { t } from './i18n.js';
import { keyCap, keyShortcut } from './keys.js';

/** A press must not take the focus from a field, nor leave Enter armed on a button that was touched. */
export const keepFocus = (event) => event.preventDefault();

/**
 * Button({label, cap, kind, disabled, onPress, type, repeatable}): cap is the name of its key. The second click of
 * a double click is not a second wish, unless repeatable (a keypad's digits).
 */
export function Button({ label, cap, kind = '', disabled = false, onPress, type = 'button', repeatable = false, ...rest }) {
  const press = (event) => {
    if (event.detail > 1 && !repeatable) event.preventDefault();
    else onPress?.(event);
  };
  return html`<button type=${type} class=${`button ${kind}`} disabled=${disabled} onClick=${press}
      onPointerDown=${keepFocus} aria-keyshortcuts=${cap ? keyShortcut(cap) : null} ...${rest}>
    <span class="label">${label}</span>
    ${cap && html`<kbd aria-hidden="true">${keyCap(cap)}</kbd>`}
  </button>`;
}

/** The button of one action of the table in actions.js. */
export function ActionButton({ name, kind = '', label }) {
  const { key } = actions[name];
  return html`<${Button} label=${label ?? t(`action.${name}`)} cap=${key} kind=${kind} disabled=${!can[name].value}
    onPress=${() => act(name)} data-action=${name} />`;
}
