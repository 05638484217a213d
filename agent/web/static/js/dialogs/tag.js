/** A bill without a member is given to one afterwards; only the cloud can do that, and the answer says whether it did. */
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { say, snapshot } from '../state.js';
import { Choice, Field } from './fields.js';
import { Letters, LettersButton, NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

const KINDS = ['mobile', 'email', 'card'];

/** TagDialog({number}): number of the bill. */
export function TagDialog({ number }) {
  const kind = useSignal('mobile');
  const text = useSignal('');
  const { busy, refused, run } = useCommand();
  const digits = kind.value !== 'email';
  const send = async () => {
    const answer = await closeWhenDone(run('/api/bill/tag', { number, kind: kind.value, value: text.value.trim() }));
    if (answer.ok) say('ok', answer.text || t('tag.done', { number }));
  };
  const options = KINDS.map((name) => ({ value: name, label: t(`customer.kind.${name}`) }));
  const refocus = () => document.querySelector('dialog [data-first]')?.focus();
  return html`<${Dialog} name="tag" title=${t('tag.title')} kind=${digits ? 'with-pad' : ''}>
    <${Form} onSubmit=${send} submit=${t('tag.give')} busy=${busy.value} refused=${refused.value} disabled=${!text.value.trim()}
        extra=${digits ? null : html`<${LettersButton} />`}>
      <p class="subject">${t('tag.about', { number })}</p>
      ${snapshot.value.badges.cloud.state === 'offline' && html`<p class="notice warn">${t('tag.offline')}</p>`}
      <${Choice} label=${t('customer.by')} options=${options} chosen=${kind} kind="three" onChoose=${refocus} />
      <${Field} label=${t(`customer.kind.${kind.value}`)} text=${text} first=${true} kind="big" mode=${digits ? 'tel' : 'text'}
        grouping=${kind.value === 'mobile' ? 'phone' : 'none'} />
    </${Form}>
    ${digits ? html`<${NumberPad} sign="+" />` : html`<${Letters} />`}
  </${Dialog}>`;
}
