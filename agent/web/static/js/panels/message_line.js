/** One line over the bill: what the agent last said, or what to do next; and the way to type what cannot be scanned. */
import { useEffect, useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { ActionButton, Button } from '../buttons.js';
import { html } from '../html.js';
import { t, tn } from '../i18n.js';
import { connected, lines, message, unseenScans } from '../state.js';
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
  return html`<${Said} key=${now.id} now=${now} />`;
}

/** Whether rows of the text are cut off: by more than what letters reach below their row. */
const isCut = (box) => box.scrollHeight - box.clientHeight > Number(getComputedStyle(box).lineHeight.slice(0, -2)) / 2;

/** A long one, of more than four lines, is cut after three, so that the bill or the fields keep their room, and shown whole by a press. */
function Said({ now: { level, text, beside } }) {
  const words = useRef(null);
  const long = useSignal(false);
  const whole = useSignal(false);
  useLayoutEffect(() => {
    long.value = isCut(words.current);
  }, [beside?.id]);
  return html`<p class=${`message ${level} ${whole.value ? 'whole' : ''}`} role=${level === 'error' ? 'alert' : 'status'}>
    <span ref=${words} class="words">
      ${level === 'error' && html`<strong>${t('level.error')}</strong> `}
      ${level === 'warn' && html`<strong>${t('level.warn')}</strong> `}${text}
      ${beside && html`<br /><strong>${t('level.warn')}</strong> ${beside.text}`}
    </span>
    ${long.value && html`<${Button} label=${whole.value ? '▲' : '▼'} aria-label=${t(whole.value ? 'message.less' : 'message.all')} onPress=${() => { whole.value = !whole.value; }} />`}
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
  if (!connected.value) return t('bill.wait');
  const times = timesWords();
  if (times) return t('times.scan', { times });
  if (muted.value) return t('sound.muted');
  return t(lines.value.length ? 'bill.scan_next' : 'bill.scan_first');
}

export function MessageLine() {
  return html`<div class="message-line">
    <${Times} />
    <${Message} idle=${idleWords()} />
    ${unseenScans.value > 0 && html`<${ActionButton} name="refused" label=${tn('action.refused', unseenScans.value)} />`}
    <${ActionButton} name="find" />
  </div>`;
}
