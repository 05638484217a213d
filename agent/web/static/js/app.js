/** The whole screen: header, the bill with its lines, the side with total and actions, and what lies on top. */
import { actionKeys, actions } from './actions.js';
import { CurrentDialog } from './dialogs/current_dialog.js';
import { html } from './html.js';
import { t } from './i18n.js';
import { useKeys } from './keys.js';
import { CustomerAside, CustomerCard } from './panels/customer_card.js';
import { Header } from './panels/header.js';
import { Lines } from './panels/lines.js';
import { LiveRegion } from './panels/live_region.js';
import { MessageLine } from './panels/message_line.js';
import { PrintQuestion } from './panels/print_question.js';
import { LineKeys, SideKeys } from './panels/softkeys.js';
import { Total } from './panels/total.js';
import { signedOut } from './signed_in.js';
import { badges, moveSelection } from './state.js';
import { timesKeys, typeTimes } from './times.js';

function Screen() {
  return html`<main class="till">
    <section class="bill" aria-label=${t('bill.title')}>
      <${MessageLine} />
      <${Lines} />
      <${PrintQuestion} />
      <${LineKeys} />
    </section>
    <section class="side" aria-label=${t('side.title')}>
      <div class="side-top">
        <${Total} />
        <${CustomerCard} />
        <${CustomerAside} />
      </div>
      <${SideKeys} />
    </section>
  </main>`;
}

/** A printable key on the sale screen counts or starts a search. */
function typed(char) {
  if (char === ' ' || !actions.find.when()) return false;
  typeTimes(char);
  return true;
}

/** Sets the sale screen's keys; a dialog's own table lies over them. */
export function App() {
  useKeys({
    ...actionKeys(),
    ...timesKeys,
    text: typed,
    ArrowUp: () => moveSelection(-1),
    ArrowDown: () => moveSelection(1),
    Home: () => moveSelection(-Infinity),
    End: () => moveSelection(Infinity),
    PageUp: () => moveSelection(-5),
    PageDown: () => moveSelection(5),
  });
  return html`
    <${Header} />
    ${badges.value ? html`<${Screen} />` : html`<main class="starting"><p role="status">${t(signedOut.value ? 'agent.signed_out' : 'agent.waiting')}</p></main>`}
    <${LiveRegion} />
    <${CurrentDialog} />`;
}
