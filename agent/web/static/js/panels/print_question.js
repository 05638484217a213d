/** Asks whether a receipt came out when the printer cannot say, without holding up the next sale. */
import { tell } from '../actions.js';
import { Button } from '../buttons.js';
import { moment } from '../dialogs/queue.js';
import { html } from '../html.js';
import { t, tn } from '../i18n.js';
import { connected, say, snapshot } from '../state.js';

/** The jobs that wait too long and are of the same kind of paper, this one among them. */
const likeIt = (asked) =>
  snapshot.value.unknown_prints.filter((one) => one.late && !one.copy === !asked.copy).map(({ job }) => job);

/** Of several it is said how many were still there to be answered. */
async function decide(jobs, wanted) {
  const answer = await tell('/api/print/late', { jobs, wanted });
  if (answer.ok && jobs.length > 1) say('info', answer.text, answer.code);
}

/** Whether a ticket that waited too long for a printer is still wanted; of several of its kind, whether all are. */
function StillWanted({ asked }) {
  const named = [asked.number, asked.copy && t('print.copy', { copy: asked.copy }), moment(asked.at), asked.printer];
  const all = likeIt(asked);
  const kind = asked.copy ? 'copies' : 'bills';
  const choice = (label, jobs, wanted, rest) => html`<${Button} label=${label} disabled=${!connected.value}
    onPress=${() => decide(jobs, wanted)} data-wanted=${wanted ? 'yes' : 'no'} ...${rest} />`;
  return html`<div class="question" role="group" aria-label=${t('print.late')} data-job=${asked.job}>
    <p><strong>${t('print.late')}</strong> <span class="quiet">${named.filter(Boolean).join(', ')}</span></p>
    ${choice(t('print.late-now'), [asked.job], true)}
    ${choice(t('print.late-leave'), [asked.job], false)}
    ${all.length > 1 && choice(tn(`print.late-all-now.${kind}`, all.length), all, true, { 'data-all': true })}
    ${all.length > 1 && choice(tn(`print.late-all-leave.${kind}`, all.length), all, false, { 'data-all': true })}
  </div>`;
}

function DidItPrint({ asked }) {
  const named = [asked.number, asked.copy && t('print.copy', { copy: asked.copy }), asked.printer];
  const answer = async (printed) => {
    const said = await tell('/api/print/resolve', { job: asked.job, printed });
    if (said.ok && !printed) say('info', said.text, said.code); // what comes out next
  };
  return html`<div class="question" role="group" aria-label=${t('print.question')} data-job=${asked.job}>
    <p><strong>${t('print.question')}</strong> <span class="quiet">${named.filter(Boolean).join(', ')}</span></p>
    <${Button} label=${t('print.yes')} disabled=${!connected.value} onPress=${() => answer(true)} data-printed="yes" />
    <${Button} label=${t('print.no')} disabled=${!connected.value} onPress=${() => answer(false)} data-printed="no" />
  </div>`;
}

/** The question about one print job of one bill. */
export function AskedPrint({ asked }) {
  return html`<${asked.late ? StillWanted : DidItPrint} key=${asked.job} asked=${asked} />`;
}

/** The oldest open question, if there is one; the next follows its answer. */
export function PrintQuestion() {
  const asked = snapshot.value.unknown_prints[0];
  return asked ? html`<${AskedPrint} key=${asked.job} asked=${asked} />` : null;
}
