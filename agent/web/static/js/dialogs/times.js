/** How many of the next item, for fingers: what is typed here stands at once, and a scan ends it. */
import { useSignal } from '../../vendor/signals.js';
import { useEffect } from '../../vendor/hooks.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { parseDecimal } from '../money.js';
import { closeDialog, till } from '../state.js';
import { count, forgetTimes, tellSure } from '../times.js';
import { Field } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** From here on the agent asks whether it is meant, so that it is sent by hand. */
const MANY_MILLI = 1000000;

/** TimesDialog({text}): text is what was typed before the dialog was there. */
export function TimesDialog({ text: begun = '' }) {
  const text = useSignal(begun);
  const problem = useSignal('');
  const { busy, refused, run } = useCommand(tellSure);
  const qty = parseDecimal(text.value, 3, till.value.locale);
  // What was typed when this was drawn: an effect runs later, and more may be typed by then.
  const typed = text.value;
  const tell = () => count(qty && qty < MANY_MILLI ? typed : '');
  useEffect(tell, [typed]);
  const save = () => {
    problem.value = qty ? '' : t('quantity.problem');
    tell();
    if (qty >= MANY_MILLI) closeWhenDone(run('/api/item/times', { qty_milli: qty }));
    else if (qty) closeDialog();
  };
  const back = () => {
    forgetTimes();
    closeDialog();
  };
  return html`<${Dialog} name="times" title=${t('times.title')} kind="with-pad" onBack=${back}>
    <${Form} onSubmit=${save} submit=${t('dialog.set')} busy=${busy.value} refused=${refused.value}>
      <p class="subject">${t('times.about')}</p>
      <${Field} label=${t('quantity.label')} text=${text} problem=${problem.value} first=${true} mode="decimal" kind="big" data-times=${true} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
