/** What a screen reader says after each scan: the line and the new total. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { lines, newestNo, till, totals } from '../state.js';

/** The newest line and the new total, in words. */
export function newestWords() {
  const line = lines.value.find((one) => one.no === newestNo.value);
  return line && totals.value
    ? t(line.back ? 'live.back' : 'live.line', {
      name: line.name, amount: money(Math.abs(line.amount_minor), till.value), total: money(totals.value.settled_minor, till.value),
    })
    : '';
}

export function LiveRegion() {
  return html`<p class="only-heard" aria-live="polite" data-live>${newestWords()}</p>`;
}
