/** A new member, or new facts of a known one, with the customer's own consents. */
import { useLayoutEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { identifier } from '../panels/customer_card.js';
import { openDialog, sale, say, snapshot } from '../state.js';
import { closeWhenDone } from '../actions.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Check, Choice, Field } from './fields.js';
import { Further, furtherTyped, useFurther } from './further.js';
import { Letters, LettersButton, lettersShown } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** In the order they are asked in; beside the letters there is room for one row. */
const NAMES = ['mobile', 'firstname', 'lastname', 'email', 'external_id', 'birthday'];
const NEW = [...NAMES, 'card'];
const MODES = { mobile: 'tel', email: 'email', birthday: 'numeric' };

/** A signal per field, begun with what is known. */
function useFields(customer, kind, value) {
  const known = (name) => customer?.[name] ?? (name === kind ? value : '');
  return Object.fromEntries(NEW.map((name) => [name, useSignal(known(name))]));
}

/** yes, no, or keep: a consent we were never told of must not be changed by leaving it alone. */
function useConsents(customer) {
  const untold = customer ? 'keep' : 'no';
  return { loyalty: useSignal(customer?.loyalty ?? true), sms: useSignal(untold), mail: useSignal(untold) };
}

function told(consents) {
  const said = { loyalty: consents.loyalty.value };
  for (const name of ['sms', 'mail']) {
    if (consents[name].value !== 'keep') said[name] = consents[name].value === 'yes';
  }
  return said;
}

/** An identifier the customer has and the organisation does not let anybody change. */
function locked(customer, name) {
  return Boolean(customer?.[name]) && snapshot.value?.rules?.may_change[name] === false;
}

function birthdayProblem(text) {
  return text === '' || (/^\d{4}-\d{2}-\d{2}$/.test(text) && !Number.isNaN(Date.parse(text))) ? '' : t('enrol.birthday_problem');
}

function Consents({ consents, update }) {
  const options = [
    ...(update ? [{ value: 'keep', label: t('enrol.keep') }] : []),
    { value: 'yes', label: t('enrol.yes') },
    { value: 'no', label: t('enrol.no') },
  ];
  const kind = update ? 'three' : '';
  return html`<div class="consents">
    <${Check} label=${t('enrol.loyalty')} on=${consents.loyalty} />
    <${Choice} label=${t('enrol.sms')} options=${options} chosen=${consents.sms} kind=${kind} />
    <${Choice} label=${t('enrol.mail')} options=${options} chosen=${consents.mail} kind=${kind} />
  </div>`;
}

const consentsBox = () => document.querySelector('dialog[open] .consents');

/** Whether the consents stand whole inside their form, above where it fades. */
function inSight() {
  const [one, all] = [consentsBox(), consentsBox().closest('.fields')].map((box) => box.getBoundingClientRect());
  return one.top >= all.top - 1 && one.bottom <= all.bottom + 1;
}

/** Nobody is enrolled before the consents were in sight: {seen, show}; show brings them, and takes the letters away. */
function useSeen() {
  const seen = useSignal(false);
  useLayoutEffect(() => {
    const look = () => {
      seen.value = seen.value || inSight();
    };
    const watch = new IntersectionObserver(look, { threshold: [0.5, 1] });
    watch.observe(consentsBox());
    look();
    return () => watch.disconnect();
  }, []);
  const show = () => {
    lettersShown.value = false;
    requestAnimationFrame(() => consentsBox()?.scrollIntoView({ block: 'end' }));
  };
  return { seen, show };
}

/** EnrolDialog({kind, value}) for a new member; ({purpose: 'update', customer}) for a known one. */
export function EnrolDialog({ kind, value, customer }) {
  const fields = useFields(customer, kind, value);
  const gender = useSignal('');
  const consents = useConsents(customer);
  const further = useFurther();
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const update = Boolean(customer);
  const names = update ? NAMES : NEW;
  const filled = fields.mobile.value.trim() || fields.email.value.trim() || fields.external_id.value.trim() || customer?.card;
  const consented = useSeen();
  const ready = update || consented.seen.value;
  const submit = async () => {
    // A card was scanned meanwhile: what stands here is told of another member.
    if (update && identifier(sale.value.customer ?? {}) !== identifier(customer)) {
      openDialog('customer');
      return;
    }
    if (!ready) {
      consented.show();
      return;
    }
    const typed = Object.fromEntries(names.map((name) => [name, fields[name].value.trim()]));
    problem.value = birthdayProblem(typed.birthday);
    if (problem.value) return;
    const body = { ...typed, gender: gender.value, ...told(consents), fields: furtherTyped(further) };
    const answer = await closeWhenDone(run(update ? '/api/customer/update' : '/api/customer/enrol', body));
    if (answer.ok) say('ok', answer.text || t(update ? 'enrol.updated' : 'enrol.done'));
  };
  const first = NAMES.find((name) => !locked(customer, name) && !(value && name === kind)); // what was searched by stands there
  const genders = ['', 'female', 'male', 'other'].map((name) => ({ value: name, label: t(`enrol.gender.${name || 'unsaid'}`) }));
  return html`<${Dialog} name="enrol" title=${t(update ? 'enrol.update_title' : 'enrol.title')} kind="tall wide"
      onBack=${() => openDialog('customer')}>
    <${Form} onSubmit=${submit} submit=${t(update ? 'enrol.update' : ready ? 'enrol.add' : 'enrol.to_consents')} busy=${busy.value} refused=${refused.value}
        disabled=${!filled} extra=${html`<${LettersButton} />`}>
      <div class="two person">
        ${names.map((name) => html`<${Field} key=${name} label=${t(`enrol.${name}`)} text=${fields[name]} mode=${MODES[name] ?? 'text'} grouping=${name === 'mobile' ? 'phone' : 'none'}
          first=${name === first} disabled=${locked(customer, name)}
          hint=${locked(customer, name) ? t('enrol.locked') : undefined} problem=${name === 'birthday' ? problem.value : ''} />`)}
        <${Choice} label=${t('enrol.gender')} options=${genders} chosen=${gender} kind="four" />
      </div>
      <${Consents} consents=${consents} update=${update} />
      <${Further} further=${further} />
    </${Form}>
    <${Letters} />
  </${Dialog}>`;
}
