/** Asks whether a receipt came out when the printer cannot say, without holding up the next sale. */
import { tell } from '../actions.js';
import { Button } from '../buttons.js';
import { moment } from '../dialogs/queue.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { connected, snapshot } from '../state.js';

/** Whether a ticket that waited too long for a printer is still wanted. */
export function StillWanted({ asked }) {
  const named = [asked.number, asked.copy && t('print.copy', { copy: asked.copy }), moment(asked.at), asked.printer];
  const say = (wanted) => tell('/api/print/late', { job: asked.job, wanted });
  return html`<div class="question" role="group" aria-label=${t('print.late')} data-job=${asked.job}>
    <p><strong>${t('print.late')}</strong> <span class="quiet">${named.filter(Boolean).join(', ')}</span></p>
    <${Button} label=${t('print.late-now')} disabled=${!connected.value} onPress=${() => say(true)} data-wanted="yes" />
    <${Button} label=${t('print.late-leave')} disabled=${!connected.value} onPress=${() => say(false)} data-wanted="no" />
  </div>`;
}

/** The question itself, for one print job of one bill. */
export function DidItPrint({ asked }) {
  const named = [asked.number, asked.copy && t('print.copy', { copy: asked.copy }), asked.printer];
  const say = (printed) => tell('/api/print/resolve', { job: asked.job, printed });
  return html`<div class="question" role="group" aria-label=${t('print.question')} data-job=${asked.job}>
    <p><strong>${t('print.question')}</strong> <span class="quiet">${named.filter(Boolean).join(', ')}</span></p>
    <${Button} label=${t('print.yes')} disabled=${!connected.value} onPress=${() => say(true)} data-printed="yes" />
    <${Button} label=${t('print.no')} disabled=${!connected.value} onPress=${() => say(false)} data-printed="no" />
  </div>`;
}

/** The oldest open question, if there is one; the next follows its answer. */
export function PrintQuestion() {
  const asked = snapshot.value.unknown_prints[0];
  if (!asked) return null;
  return html`<${asked.late ? StillWanted : DidItPrint} key=${asked.job} asked=${asked} />`;
}
