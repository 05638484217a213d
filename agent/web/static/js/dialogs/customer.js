/** F4: who is buying. Search; what the cloud knows of them; a bill without a member, and why. */
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone, tell } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { telephone } from '../money.js';
import { identifier } from '../panels/customer_card.js';
import { closeDialog, connected, openDialog, sale, snapshot } from '../state.js';
import { CustomerFacts } from './customer_facts.js';
import { Choice, Field } from './fields.js';
import { Letters, LettersButton, NumberPad } from './number_pad.js';
import { Dialog, Form, saidHere, useCommand } from './dialog_frame.js';

const KINDS = ['mobile', 'email', 'external_id', 'card'];

/** How a search ended: null, "missing" (nobody has this identifier) or "offline" (nobody could be asked). */
function useSearch(onFound) {
  const ended = useSignal(null);
  const { busy, refused, run } = useCommand();
  const search = async (kind, value) => {
    ended.value = null;
    const answer = await run('/api/customer/search', { kind, value });
    if (!answer.ok) return;
    if (answer.data.found || answer.data.offline) onFound();
    saidHere.value = answer.text; // told at the field
    if (!answer.data.found) ended.value = answer.data.offline ? 'offline' : 'missing';
  };
  return { ended, busy, refused, search };
}

function Outcome({ ended, value }) {
  if (ended === 'offline') return html`<p class="notice warn" role="status">${t('customer.offline')}</p>`;
  if (ended !== 'missing') return null;
  return html`<p class="notice" role="status">${t('customer.missing', { value: telephone(value) })}</p>`;
}

function SearchDialog({ onFound }) {
  const kind = useSignal('mobile');
  const text = useSignal('');
  const asked = useSignal('');
  const { ended, busy, refused, search } = useSearch(onFound);
  const value = text.value.trim();
  const missing = ended.value === 'missing' && asked.value === value;
  const digits = kind.value === 'mobile' || kind.value === 'card';
  const offline = snapshot.value.badges.cloud.state === 'offline';
  const submit = () => {
    if (missing) openDialog('enrol', { kind: kind.value, value });
    else {
      asked.value = value;
      search(kind.value, value);
    }
  };
  const options = KINDS.map((name) => ({ value: name, label: t(`customer.kind.${name}`) }));
  const refocus = () => document.querySelector('dialog [data-first]')?.focus();
  return html`<${Dialog} name="customer" title=${t('customer.title')} kind=${digits ? 'with-pad' : ''}>
    <${Form} onSubmit=${submit} submit=${t(missing ? 'customer.enrol' : 'customer.search')} busy=${busy.value}
        refused=${refused.value} disabled=${!value} extra=${html`
          <${Button} label=${t('customer.no_member')} disabled=${!connected.value}
            onPress=${() => openDialog('reason', { purpose: 'not_interested' })} />
          <${Button} label=${t('customer.new')} disabled=${!connected.value}
            onPress=${() => openDialog('enrol', { kind: kind.value, value })} />
          ${digits ? null : html`<${LettersButton} />`}`}>
      ${offline && ended.value === null && html`<p class="notice warn">${t('customer.offline_now')}</p>`}
      <${Choice} label=${t('customer.by')} options=${options} chosen=${kind} kind="four" onChoose=${refocus} />
      <${Field} label=${t(`customer.kind.${kind.value}`)} text=${text} first=${true} kind="big" mode=${digits ? 'tel' : 'text'}
        grouping=${kind.value === 'mobile' ? 'phone' : 'none'} />
      <${Outcome} ended=${ended.value} value=${asked.value} />
    </${Form}>
    ${digits ? html`<${NumberPad} sign="+" />` : html`<${Letters} />`}
  </${Dialog}>`;
}

function DetailsDialog({ customer, onOther }) {
  const { busy, refused, run } = useCommand();
  const use = (code) => run('/api/coupon/apply', { code });
  const clear = () => closeWhenDone(tell('/api/customer/clear'));
  const idle = busy.value || !connected.value;
  return html`<${Dialog} name="customer" title=${t('customer.details')} kind="tall wide">
    <${Form} onSubmit=${closeDialog} submit=${t('customer.go_on')} refused=${refused.value} extra=${html`
        <${Button} label=${t('customer.other')} disabled=${idle} onPress=${onOther} />
        <${Button} label=${t('customer.update')} disabled=${idle}
          onPress=${() => openDialog('enrol', { purpose: 'update', customer })} />
        <${Button} label=${t('customer.history')} disabled=${idle} onPress=${() => openDialog('history')} />
        <${Button} label=${t('customer.clear')} disabled=${idle} onPress=${clear} />`}>
      <${CustomerFacts} customer=${customer} applied=${sale.value.coupon?.code ?? null} onUse=${use} busy=${busy.value} />
    </${Form}>
  </${Dialog}>`;
}

export function CustomerDialog() {
  const { customer } = sale.value;
  const other = useSignal(false);
  if (customer && !other.value) {
    return html`<${DetailsDialog} key=${identifier(customer)} customer=${customer} onOther=${() => { other.value = true; }} />`;
  }
  return html`<${SearchDialog} key="search" onFound=${() => { other.value = false; }} />`;
}
