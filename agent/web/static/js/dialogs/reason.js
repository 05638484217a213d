/** Why: before a sale is cancelled, the drawer is opened, or a bill goes without a member. */
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { say } from '../state.js';
import { Reasons, useReason } from './fields.js';
import { Letters, LettersButton } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

const PATHS = { cancel: '/api/sale/cancel', drawer: '/api/drawer/open', not_interested: '/api/sale/not-interested' };

/** ReasonDialog({purpose}): purpose is a key of PATHS. */
export function ReasonDialog({ purpose }) {
  const why = useReason(purpose);
  const { busy, refused, run } = useCommand();
  const send = async () => {
    if (!why.given()) return;
    const answer = await closeWhenDone(run(PATHS[purpose], { reason: why.text }));
    if (answer.ok && answer.text) say('info', answer.text);
  };
  return html`<${Dialog} name="reason" title=${t(`reason.${purpose}.title`)} keys=${why.keys}>
    <${Form} onSubmit=${send} submit=${t(`reason.${purpose}.do`)} busy=${busy.value} refused=${refused.value}
        kind=${purpose === 'cancel' ? 'primary danger' : 'primary'} extra=${html`<${LettersButton} />`}>
      <p class="subject">${t(`reason.${purpose}.about`)}</p>
      <${Reasons} why=${why} first=${true} />
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
