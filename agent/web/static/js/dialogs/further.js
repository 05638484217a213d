/** What the organisation asks customers beyond the usual: fields named in the settings, custom or extended. */
import { useMemo } from '../../vendor/hooks.js';
import { signal } from '../../vendor/signals.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { till } from '../state.js';
import { Choice, Field } from './fields.js';

/** A signal per field, as long as the dialog is open. */
export function useFurther() {
  return useMemo(() => (till.value.customer_fields ?? []).map((field) => ({ field, text: signal('') })), []);
}

/** What was typed, by the cloud's names; empty answers are left out, so that an update changes nothing there. */
export function furtherTyped(further) {
  const typed = further.map(({ field, text }) => [field.name, text.value.trim()]);
  return Object.fromEntries(typed.filter(([, value]) => value));
}

function Chosen({ field, text }) {
  const options = [{ value: '', label: t('enrol.gender.unsaid') }, ...field.choices.map((value) => ({ value, label: value }))];
  return html`<${Choice} label=${field.label} options=${options} chosen=${text} />`;
}

export function Further({ further }) {
  if (!further.length) return null;
  const typed = further.filter(({ field }) => field.kind !== 'choice');
  const chosen = further.filter(({ field }) => field.kind === 'choice');
  return html`<div class="two">
      ${typed.map(({ field, text }) => html`<${Field} key=${field.name} label=${field.label} text=${text}
        mode=${field.kind === 'date' ? 'numeric' : 'text'} hint=${field.kind === 'date' ? t('enrol.birthday_problem') : ''} />`)}
    </div>
    ${chosen.map(({ field, text }) => html`<${Chosen} key=${field.name} field=${field} text=${text} />`)}`;
}
