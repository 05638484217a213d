/** A supervisor's word for one command, over whatever asked for it: name, PIN, and what it is that is allowed. */
import { useEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { refusal } from '../actions.js';
import { command } from '../api.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { sale } from '../state.js';
import { Choice, Field } from './fields.js';
import { Letters, NumberPad } from './number_pad.js';
import { Dialog, Form } from './dialog_frame.js';

/** What is allowed is in the open sale: with that sale the word is void. */
const OF_SALE = ['price', 'discount', 'refund'];

/** PinDialog({asked}): asked is the command that waits, as supervisor_asked.js has it. */
export function PinDialog({ asked: { path, body, sale: saleId, answer, end } }) {
  const { right, supervisors } = answer.data;
  const name = useSignal(supervisors[0] ?? '');
  const pin = useSignal('');
  const busy = useSignal(false);
  const refused = useSignal('');
  const words = useSignal(answer.text);
  // Most are digits: the pad comes first, also where letters are on the screen from the start.
  const letters = useSignal(false);
  const over = OF_SALE.includes(right) && sale.value?.id !== saleId;
  useEffect(() => {
    if (over) end({ ...answer, text: t('pin.sale_over') });
  }, [over]);
  const allow = async () => {
    busy.value = true;
    const said = await command(path, { ...body, supervisor: name.value, pin: pin.value, asked: words.value }, { key: answer.key, sale: saleId });
    busy.value = false;
    if (said.settled) pin.value = '';
    // Without a right in it the refusal is of the command itself, which the supervisor has allowed.
    if (said.settled && (said.ok || !said.data.right)) end(said);
    else {
      // Asked anew: the sale is another one by now, and what is to be allowed reads otherwise.
      if (said.code === answer.code) words.value = said.text;
      refused.value = refusal(said);
      document.querySelector('dialog[data-dialog="pin"] [type=password]')?.focus();
    }
  };
  const names = supervisors.map((value) => ({ value, label: value }));
  return html`<${Dialog} name="pin" title=${t('pin.title')} kind="with-pad" over=${false} onBack=${() => end(answer)}>
    <${Form} over=${false} onSubmit=${allow} submit=${t('pin.allow')} busy=${busy.value} refused=${refused.value} disabled=${!pin.value}
        extra=${html`<${Button} label=${t(letters.value ? 'letters.hide' : 'letters.show')} kind="quiet-button"
          onPress=${() => { letters.value = !letters.value; }} />`}>
      <p class="balance" data-asked>${words.value}</p>
      ${names.length > 1 && html`<${Choice} label=${t('pin.who')} options=${names} chosen=${name} />`}
      <${Field} label=${names.length > 1 ? t('pin.pin') : t('pin.pin_of', { name: name.value })} text=${pin} type="password" first=${true}
        mode="numeric" kind="big" autocomplete="new-password" />
    </${Form}>
    ${letters.value ? html`<${Letters} shown=${true} />` : html`<${NumberPad} sign="#" />`}
  </${Dialog}>`;
}
