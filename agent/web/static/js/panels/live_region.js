/** What a screen reader says after each scan: the line and the new total. */
import { html } from '../html.js';
import { t } from '../i18n.js';
import { money } from '../money.js';
import { lines, newestNo, till, totals } from '../state.js';

export function LiveRegion() {
  const line = lines.value.find((one) => one.no === newestNo.value);
  const said = line && totals.value
    ? t(line.back ? 'live.back' : 'live.line', {
      name: line.name, amount: money(Math.abs(line.amount_minor), till.value), total: money(totals.value.settled_minor, till.value),
    })
    : '';
  return html`<p class="only-heard" aria-live="polite" data-live>${said}</p>`;
}
