/** The header: which till, and the state of everything around it in words. Colour only repeats the word. */
import { act, actions } from '../actions.js';
import { html } from '../html.js';
import { age, t, tn } from '../i18n.js';
import { keyCap, keyShortcut } from '../keys.js';
import { money } from '../money.js';
import { signedOut } from '../signed_in.js';
import { badges, connected, receivedAt, tick, till, tillMinute } from '../state.js';
import { moment } from '../dialogs/queue.js';

const BAD = {
  cloud: { online: 'good', trouble: 'warn', offline: 'warn', unknown: 'warn' },
  printer: {
    ok: 'good', near_end: 'warn', paper_out: 'bad', cover_open: 'bad', offline: 'bad', error: 'bad',
    unknown: 'warn', mute: 'good', none: 'warn',
  },
  scanner: { ok: 'good', missing: 'bad', none: 'warn' },
  scale: { missing: 'bad' },
  display: { missing: 'warn' },
  store: { ok: 'good', low: 'warn', stalled: 'bad', readonly: 'bad', full: 'bad', error: 'bad' },
  clock: { ok: 'good', unknown: 'good', suspect: 'warn', wrong: 'bad' },
};

/** What a device has done in its life; nothing of one that has done nothing yet. */
const LIFE = {
  printer: (badge) => (badge.lines ? tn('badge.printer.life', badge.lines, { cuts: badge.cuts }) : ''),
  scanner: (badge) => (badge.labels ? tn('badge.scanner.life', badge.labels, { unread: badge.unread }) : ''),
};

/** One thing's state. A state we have no word for is shown in the agent's own words, as a warning. */
function Badge({ thing, badge }) {
  const known = BAD[thing][badge.state];
  const words = known ? t(`badge.${thing}.${badge.state}`, badge) : badge.plain || badge.text;
  const title = [badge.plain || badge.text, LIFE[thing]?.(badge)].filter(Boolean).join('\n');
  return html`<li class=${`badge ${known ?? 'warn'}`} data-badge=${thing} title=${title}>${words}</li>`;
}

/** The outbox: how many calls the cloud must still hear, and for how long; or what is owed, or until when it is held. */
function queueWords(queue) {
  const paused = queue.paused_until ? t('badge.queue.paused', { time: moment(queue.paused_until) }) : '';
  if (!queue.count && !queue.parked) return t('badge.queue.empty') + paused;
  const waited = tick.value >= 0 && queue.oldest_s !== null
    ? t('badge.queue.oldest', { age: age(queue.oldest_s + (performance.now() - receivedAt.value) / 1000) })
    : '';
  const parked = queue.parked ? tn('badge.queue.parked', queue.parked) : '';
  const owed = queue.owed ? t('badge.queue.owed', { amount: money(queue.owed_minor, till.value) }) : '';
  return tn('badge.queue.count', queue.count) + (owed || paused ? '' : waited) + parked + owed + paused;
}

function QueueBadge({ queue }) {
  const kind = queue.parked ? 'bad' : queue.count || queue.paused_until ? 'warn' : 'good';
  return html`<li><button type="button" class=${`badge ${kind}`} data-badge="queue" title=${queue.text}
      aria-keyshortcuts=${keyShortcut(actions.queue.key)} onClick=${() => act('queue')}
      onPointerDown=${(event) => event.preventDefault()}>
    ${queueWords(queue)} <kbd aria-hidden="true">${keyCap(actions.queue.key)}</kbd>
  </button></li>`;
}

/** What most tills do without is shown only where it is set up and not there. */
const extras = (all) => ['scale', 'display'].filter((thing) => !['ok', 'none'].includes(all[thing].state));

function Badges({ all }) {
  return html`
    <${Badge} thing="cloud" badge=${all.cloud} />
    <${QueueBadge} queue=${all.queue} />
    ${['printer', 'scanner', ...extras(all), 'store', 'clock'].map((thing) => html`<${Badge} key=${thing} thing=${thing} badge=${all[thing]} />`)}`;
}

/** The till's own time; nothing while nobody tells it. */
function time() {
  const wall = new Date(`${tillMinute.value}Z`);
  const options = { hour: '2-digit', minute: '2-digit', timeZone: 'UTC' };
  return connected.value && tillMinute.value ? wall.toLocaleTimeString(till.value.locale, options) : '';
}

/** Why nothing is shown: the agent does not know this browser, does not answer, or was not heard yet. */
function notHeard(now) {
  if (signedOut.value) return t('agent.signed_out');
  return t(now ? 'agent.silent' : 'agent.waiting');
}

export function Header() {
  const now = badges.value;
  return html`<header class="head">
    <h1>${till.value.store_name || t('app.title')}<span class="quiet">${till.value.till_code}</span></h1>
    ${till.value.training && html`<p class="training">${t('badge.training')}</p>`}
    <ul class="badges" aria-label=${t('badges.title')}>
      ${connected.value && now ? html`<${Badges} all=${now} />`
        : html`<li class="badge bad" data-badge="agent"><span role="alert">${notHeard(now)}</span></li>`}
    </ul>
    <p class="clock quiet">${till.value.cashier}<span>${time()}</span></p>
  </header>`;
}
