/** Why: before a sale is cancelled, the drawer is opened, or a bill goes without a member. */
import { useSignal } from '../../vendor/signals.js';
import { html } from '../html.js';
import { list, t } from '../i18n.js';
import { closeDialog, say } from '../state.js';
import { Reasons, reasonText } from './fields.js';
import { Letters, LettersButton } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

const PATHS = { cancel: '/api/sale/cancel', drawer: '/api/drawer/open', not_interested: '/api/sale/not-interested' };

/** ReasonDialog({purpose}): purpose is a key of PATHS. */
export function ReasonDialog({ purpose }) {
  const reasons = list(`reasons.${purpose}`);
  const chosen = useSignal(reasons[0]);
  const own = useSignal('');
  const { busy, refused, run } = useCommand();
  const reason = reasonText(chosen, own);
  const send = async () => {
    const answer = await run(PATHS[purpose], { reason });
    if (!answer.ok) return;
    closeDialog();
    if (answer.text) say('info', answer.text);
  };
  return html`<${Dialog} name="reason" title=${t(`reason.${purpose}.title`)}>
    <${Form} onSubmit=${send} submit=${t(`reason.${purpose}.do`)} busy=${busy.value} refused=${refused.value}
        disabled=${!reason} kind=${purpose === 'cancel' ? 'primary danger' : 'primary'} extra=${html`<${LettersButton} />`}>
      <p class="subject">${t(`reason.${purpose}.about`)}</p>
      <${Reasons} reasons=${reasons} chosen=${chosen} own=${own} first=${true} />
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
