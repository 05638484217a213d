/**
 * The keyboard of the till: one listener, one table of keys for whatever is on top. Browser shortcuts on those keys
 * are suppressed; scans do not come this way (the agent reads the scanner itself).
 */
import { useLayoutEffect, useRef } from '../vendor/hooks.js';
import { t } from './i18n.js';

/**
 * Tables of keys, the one on top last. A table maps "F2", "Shift+Delete", "Alt+q" to a function, and text to one that gets
 * printable keys nobody else wants, with where they were typed, and says whether it took them.
 */
const tables = [];

/** The name of a pressed key with its modifiers, as the tables write it. */
function keyName(event) {
  const shift = event.shiftKey && event.key.length > 1;
  const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  return `${event.ctrlKey ? 'Ctrl+' : ''}${event.altKey ? 'Alt+' : ''}${shift ? 'Shift+' : ''}${name}`;
}

/** How a key is printed on its button: "Shift+Delete" -> "Shift Del". */
export function keyCap(name) {
  return name.split('+').map((part) => {
    const word = t(`key.${part}`);
    return word === `key.${part}` ? part.toUpperCase() : word;
  }).join(' ');
}

/** What aria-keyshortcuts wants to hear. */
export function keyShortcut(name) {
  return name.split('+').map((part) => (part.length === 1 ? part.toUpperCase() : part)).join('+');
}

function pressed(event) {
  const name = keyName(event);
  const table = tables.at(-1)?.current;
  const action = table?.[name];
  const arrow = name.startsWith('Arrow');
  if (/^(Ctrl\+|Alt\+|Shift\+)*F\d+$/.test(name) || name === 'Escape') event.preventDefault();
  if (event.repeat && !arrow && (action || name === 'Enter')) {
    event.preventDefault(); // a key held down is one press
    return;
  }
  if (action) {
    if (action(event) !== false) event.preventDefault();
  } else if (event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey && table?.text?.(event.key, event.target)) {
    event.preventDefault();
  }
}

/** Starts listening. */
export function startKeys() {
  addEventListener('keydown', pressed, { capture: true });
}

/** While the component is on the page its table is the one on top. A function that returns false leaves the key be. */
export function useKeys(table) {
  const ref = useRef(table);
  ref.current = table;
  useLayoutEffect(() => {
    tables.push(ref);
    return () => tables.splice(tables.indexOf(ref), 1);
  }, []);
}
