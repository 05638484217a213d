/** Asks whether a receipt came out when the printer cannot say, without holding up the next sale. */
import { tell } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { connected, snapshot } from '../state.js';

/** The question itself, for one print job of one bill. */
export function DidItPrint({ number, job }) {
  const say = (printed) => tell('/api/print/resolve', { job, printed });
  return html`<div class="question" role="group" aria-label=${t('print.question')}>
    <p><strong>${t('print.question')}</strong> <span class="quiet">${number}</span></p>
    <${Button} label=${t('print.yes')} disabled=${!connected.value} onPress=${() => say(true)} data-printed="yes" />
    <${Button} label=${t('print.no')} disabled=${!connected.value} onPress=${() => say(false)} data-printed="no" />
  </div>`;
}

/** On the sale screen: the last bill's open question, if there is one. */
export function PrintQuestion() {
  const bill = snapshot.value.last_bill;
  return bill?.print === 'unknown' ? html`<${DidItPrint} number=${bill.number} job=${bill.print_job} />` : null;
}
