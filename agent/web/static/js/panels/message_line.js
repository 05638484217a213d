/** One line over the bill: what the agent last said, or what to do next; and the way to type what cannot be scanned. */
import { useEffect } from '../../vendor/hooks.js';
import { ActionButton, Button } from '../buttons.js';
import { html } from '../html.js';
import { t, tn } from '../i18n.js';
import { lines, message, refusedScans } from '../state.js';
import { muted } from '../sound.js';
import { forgetTimes, timesWords } from '../times.js';

const SHOWN_MS = 8000;

/** The message itself; good news goes away by itself, bad news stays until the next word or the next dialog. */
export function Message({ idle = '' }) {
  const now = message.value;
  useEffect(() => {
    if (!now || now.level === 'error' || now.level === 'warn') return undefined;
    const timer = setTimeout(() => {
      if (message.value === now) message.value = null;
    }, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [now]);
  if (!now) return html`<p class="message" role="status">${idle}</p>`;
  return html`<p class=${`message ${now.level}`} role=${now.level === 'error' ? 'alert' : 'status'} key=${now.id}>
    <span>
      ${now.level === 'error' && html`<strong>${t('level.error')}</strong> `}
      ${now.level === 'warn' && html`<strong>${t('level.warn')}</strong> `}${now.text}
    </span>
  </p>`;
}

/** How many the next scan is, said before it; a touch takes it away. */
function Times() {
  const times = timesWords();
  return times && html`<${Button} kind="times" label=${`${times} ×`} cap="Escape" onPress=${forgetTimes}
    aria-label=${t('times.forget', { times })} data-times-shown=${times} />`;
}

/** What to do next, while nothing else is to be said. */
function idleWords() {
  const times = timesWords();
  if (times) return t('times.scan', { times });
  if (muted.value) return t('sound.muted');
  return t(lines.value.length ? 'bill.scan_next' : 'bill.scan_first');
}

export function MessageLine() {
  return html`<div class="message-line">
    <${Times} />
    <${Message} idle=${idleWords()} />
    ${refusedScans.value.length > 0 && html`<${ActionButton} name="refused" label=${tn('action.refused', refusedScans.value.length)} />`}
    <${ActionButton} name="find" />
  </div>`;
}
