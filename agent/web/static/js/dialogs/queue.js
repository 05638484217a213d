/** What the cloud must still hear, row by row, and what of it waits for a person. */
import { useEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { read } from '../api.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { snapshot, till } from '../state.js';
import { Dialog } from './shell.js';

/**
 * A moment as the till's locale writes it, at the wall clock of whoever wrote it ("...T18:20:00+05:30" is 18:20):
 * the browser's own zone may be another than the store's.
 */
export function moment(iso) {
  const wall = new Date(`${(iso ?? '').slice(0, 19)}Z`);
  if (Number.isNaN(wall.getTime())) return iso ?? '';
  const options = { day: 'numeric', month: 'short', hour: '2-digit', minute: '2-digit', timeZone: 'UTC' };
  return wall.toLocaleString(till.value.locale, options);
}

/** A word of ours for one of the agent's, or the agent's own where we have none. */
export function known(prefix, word) {
  const ours = t(`${prefix}.${word}`);
  return ours === `${prefix}.${word}` ? word : ours;
}

function Row({ row }) {
  return html`<tr>
    <td>${known('op', row.op)}</td>
    <td>${row.bill_number}</td>
    <td>${known('queue.state', row.state)}</td>
    <td class="figure">${row.attempts}</td>
    <td>${moment(row.created_at)}</td>
    <td>${moment(row.next_at)}</td>
    <td>${row.text}</td>
  </tr>`;
}

export function QueueDialog() {
  const rows = useSignal(null);
  const queue = snapshot.value.badges.queue;
  useEffect(() => {
    let wanted = true;
    read('/api/queue').then((found) => {
      if (wanted) rows.value = found?.rows ?? rows.value;
    });
    return () => {
      wanted = false;
    };
  }, [queue.count, queue.parked, queue.text]);
  const captions = ['op', 'bill', 'state', 'attempts', 'since', 'next', 'text'];
  return html`<${Dialog} name="queue" title=${t('queue.title')} kind="tall wide">
    <div class="scroll" tabindex="0" role="region" aria-label=${t('queue.title')} data-first>
      ${rows.value === null ? html`<p class="quiet">${t('dialog.loading')}</p>` : null}
      ${rows.value?.length === 0 ? html`<p class="ready">${t('queue.empty')}</p>` : null}
      ${rows.value?.length ? html`<table>
        <thead><tr>${captions.map((caption) => html`<th key=${caption} scope="col">${t(`queue.${caption}`)}</th>`)}</tr></thead>
        <tbody>${rows.value.map((row) => html`<${Row} key=${row.id} row=${row} />`)}</tbody>
      </table>` : null}
    </div>
  </${Dialog}>`;
}
