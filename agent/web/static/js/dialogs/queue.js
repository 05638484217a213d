/** What the cloud must still hear, row by row; what of it waits for a person, and what that person may do. */
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { read } from '../api.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t, tn } from '../i18n.js';
import { money } from '../money.js';
import { connected, openDialog, snapshot, till } from '../state.js';
import { Dialog, Refused, useCommand } from './dialog_frame.js';

/**
 * A moment as the till's locale writes it, at the wall clock of whoever wrote it ("...T18:20:00+05:30" is 18:20):
 * the browser's own zone may be another than the store's. more: further parts of it, as Intl has them.
 */
export function moment(iso, more = {}) {
  const wall = new Date(`${(iso ?? '').slice(0, 19)}Z`);
  if (Number.isNaN(wall.getTime())) return iso ?? '';
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC', ...more };
  return wall.toLocaleString(till.value.locale, options);
}

/** A day as the till's locale writes it, of text that begins with it; other text as it is. */
export function day(text) {
  const date = new Date(`${text.slice(0, 10)}T00:00Z`);
  if (Number.isNaN(date.getTime())) return text;
  return date.toLocaleDateString(till.value.locale, { day: 'numeric', month: 'short', year: 'numeric', timeZone: 'UTC' });
}

/** A word of ours for one of the agent's, or the agent's own where we have none. */
export function known(prefix, word) {
  const ours = t(`${prefix}.${word}`);
  return ours === `${prefix}.${word}` ? word : ours;
}

/** The verbs with their keys; a call offers those the agent names in its choices. */
const VERBS = { retry: 'F7', settle: 'F9', waive: 'Shift+Delete' };

function offers(row, verb) {
  return row.choices.includes(verb) || (verb === 'retry' && row.choices.some((choice) => choice.startsWith('retry')));
}

/** Whether a press alone is enough: nothing has to be typed first. */
const goesAsItIs = (row) => row.choices.includes('retry') && !row.choices.includes('retry-code');

/** What a call is about, in one line: what, of which bill. */
export function about(row) {
  return `${known('op', row.op)}${row.bill_number ? ` · ${row.bill_number}` : ''}`;
}

export const owedWords = (row) => money(row.owed_minor, till.value);

/** So many calls are listed, those that need a person first; a long outage leaves thousands. */
const LISTED = 200;

async function listed() {
  const first = await read(`/api/queue?parked=true&limit=${LISTED}`);
  const room = LISTED - (first?.rows.length ?? 0);
  if (!first || room === 0) return first;
  const others = await read(`/api/queue?parked=false&limit=${room}`);
  if (!others) return others;
  // A call that moved on between the two answers stands in both: what the later one says of it is true.
  const later = new Set(others.rows.map((row) => row.id));
  return { ...first, rows: [...first.rows.filter((row) => !later.has(row.id)), ...others.rows] };
}

/** Calls are null until they came, false when they were asked for in vain. */
function useRows() {
  const found = useSignal(null);
  const queue = snapshot.value.badges.queue;
  const asked = useRef(0);
  const look = () => {
    asked.current += 1;
    const mine = asked.current;
    return listed().then((answer) => {
      if (mine === asked.current) found.value = answer ?? (found.value || false);
    });
  };
  useEffect(() => {
    look();
  }, [queue.count, queue.parked, queue.owed, queue.text, connected.value]);
  return { found, look };
}

function useChosen(rows, first) {
  const id = useSignal(first ?? null);
  const ref = useRef(null);
  const at = Math.max(0, rows.findIndex((row) => row.id === id.value));
  useEffect(() => {
    ref.current?.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
  }, [at]);
  const move = (step) => () => {
    id.value = rows[Math.max(0, Math.min(rows.length - 1, at + step))]?.id ?? null;
  };
  return { row: rows[at] ?? null, id, ref, keys: { ArrowDown: move(1), ArrowUp: move(-1), Home: move(-Infinity), End: move(Infinity) } };
}

function Row({ row, chosen, onPress }) {
  const parked = row.state === 'parked';
  return html`<li id=${`call-${row.id}`} role="option" aria-selected=${chosen ? 'true' : 'false'} class="receipt-row" onClick=${onPress}>
    <span class="name">${about(row)}</span><span class="figure">${row.owed_minor ? owedWords(row) : ''}</span>
    <span class=${`under ${parked ? 'call-parked' : ''}`}>${known('queue.state', row.state)}</span>
  </li>`;
}

function Fact({ name, value }) {
  return html`<div><dt>${t(`queue.${name}`)}</dt><dd>${value}</dd></div>`;
}

/** One call: since when, how often tried, what was said last, what is owed by it. */
function Details({ row }) {
  return html`<div class="call-facts scroll" tabindex="0" role="region" aria-label=${about(row)}>
    <p class="subject">${about(row)}</p>
    ${row.owed_minor > 0 && html`<p class="notice warn">${t('queue.owed', { amount: owedWords(row) })}</p>`}
    ${row.text && html`<p class="call-text">${row.text}</p>`}
    ${row.state !== 'parked' && html`<p class="quiet">${t(row.behind ? 'queue.behind' : 'queue.by_itself')}</p>`}
    <dl>
      <${Fact} name="state" value=${known('queue.state', row.state)} />
      <${Fact} name="since" value=${moment(row.created_at)} />
      <${Fact} name="attempts" value=${row.attempts} />
      ${row.state !== 'parked' && html`<${Fact} name="next" value=${moment(row.next_at)} />`}
      ${row.code && html`<${Fact} name="code" value=${row.code} />`}
    </dl>
  </div>`;
}

function Verbs({ row, busy, act }) {
  return html`<div class="call-verbs" role="group" aria-label=${t('queue.verbs')}>
    ${Object.entries(VERBS).map(([verb, cap]) => html`<${Button} key=${verb} label=${t(`queue.verb.${verb}`)} cap=${cap}
      kind=${verb === 'waive' ? 'careful' : 'strong'} disabled=${busy || !connected.value || !offers(row, verb)}
      onPress=${() => act(verb)} data-verb=${verb} />`)}
  </div>`;
}

/** QueueDialog({chosen, said}): the call to begin with, and what became of the last word on one. */
export function QueueDialog({ chosen, said }) {
  const { found, look } = useRows();
  const queue = snapshot.value.badges.queue;
  const news = useSignal(said ?? '');
  const { busy, refused, run } = useCommand();
  const rows = found.value?.rows ?? [];
  const more = rows.length < LISTED ? 0 : queue.count - rows.length;
  const { row, id, ref, keys } = useChosen(rows, chosen);
  const retry = async () => {
    news.value = '';
    const answer = await run('/api/queue/retry', { row: row.id });
    if (answer.ok) news.value = answer.text;
    look();
  };
  const act = (verb) => {
    if (!row || busy.value || !connected.value || !offers(row, verb)) return;
    if (verb === 'retry' && goesAsItIs(row)) retry();
    else openDialog('queue_word', { purpose: verb, row, supervisors: found.value.supervisors });
  };
  const verbKeys = Object.fromEntries(Object.entries(VERBS).map(([verb, cap]) => [cap, () => act(verb)]));
  return html`<${Dialog} name="queue" title=${t('queue.title')} kind="tall wide" keys=${{ ...keys, ...verbKeys }}>
    <div class="receipts">
      <ul ref=${ref} class="receipt-list" role="listbox" tabindex="0" aria-label=${t('queue.title')} data-first
          aria-activedescendant=${row ? `call-${row.id}` : null}>
        ${rows.map((one) => html`<${Row} key=${one.id} row=${one} chosen=${one === row} onPress=${() => { id.value = one.id; }} />`)}
        ${more > 0 && html`<li role="presentation" class="receipt-row quiet">${tn('queue.more', more)}</li>`}
      </ul>
      <div class="receipt-side">
        ${queue.paused_until && html`<p class="notice warn">${t('queue.paused', { time: moment(queue.paused_until), reason: queue.reason })}</p>`}
        ${news.value && html`<p class="notice good" role="status">${news.value}</p>`}
        <${Refused} text=${refused.value} />
        ${found.value === null && html`<p class="quiet">${t('dialog.loading')}</p>`}
        ${found.value === false && html`<p class="notice warn" role="status">${t('dialog.untold')}</p>`}
        ${found.value && !row && html`<p class="ready">${t('queue.empty')}</p>`}
        ${row && html`<${Details} key=${row.id} row=${row} /><${Verbs} row=${row} busy=${busy.value} act=${act} />`}
      </div>
    </div>
  </${Dialog}>`;
}
