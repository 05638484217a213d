/** Fields of the dialogs. What is typed stays text until it is sent; a push from the agent never touches it. */
import { useId } from '../../vendor/hooks.js';
import { amount, phone, typed } from '../grouped.js';
import { html } from '../html.js';
import { t } from '../i18n.js';

/** What figures are told by: an amount or quantity by its inputmode, all others by the field. */
const KINDS = { decimal: amount, phone };

/**
 * Field({label, text, problem, first, mode, grouping, suffix, hint}): text is a signal; mode is an inputmode. Amounts, and
 * with grouping "phone" telephone numbers, are shown in groups; text has them plain.
 */
export function Field({ label, text, problem = '', first = false, mode = 'text', grouping = mode, suffix, hint, kind = '', ...rest }) {
  const id = useId();
  const described = [hint && `${id}-hint`, problem && `${id}-problem`].filter(Boolean).join(' ');
  const figures = KINDS[grouping];
  const take = (event) => {
    text.value = figures ? typed(event, text.value, figures) : event.currentTarget.value;
  };
  return html`<div class=${`field ${kind}`}>
    <label for=${id}>${label}</label>
    <span class="entry">
      <input id=${id} type="text" inputmode=${mode} value=${figures ? figures.shown(text.value) : text.value}
        dir=${mode === 'text' ? null : 'ltr'} autocomplete="off" autocapitalize="off"
        spellcheck=${false} aria-invalid=${problem ? 'true' : null} aria-describedby=${described || null}
        data-first=${first ? '' : null} onInput=${take} ...${rest} />
      ${suffix && html`<span class="suffix">${suffix}</span>`}
    </span>
    ${hint && html`<span id=${`${id}-hint`} class="hint">${hint}</span>`}
    ${problem && html`<span id=${`${id}-problem`} class="problem" role="alert">${problem}</span>`}
  </div>`;
}

/** One of several: options are {value, label, cap}. chosen is a signal. */
export function Choice({ label, options, chosen, kind = '', first = false, onChoose }) {
  const name = useId();
  return html`<fieldset class=${`choice ${kind}`}>
    <legend>${label}</legend>
    ${options.map(({ value, label: words, cap }) => html`<label key=${value} class="chip">
      <input type="radio" name=${name} value=${value} checked=${chosen.value === value}
        data-first=${first && chosen.value === value ? '' : null}
        onChange=${() => { chosen.value = value; onChoose?.(value); }} />
      <span>${words}</span>${cap && html`<kbd aria-hidden="true">${cap}</kbd>`}
    </label>`)}
  </fieldset>`;
}

/** Yes or no. on is a signal. */
export function Check({ label, on }) {
  return html`<label class="chip check">
    <input type="checkbox" checked=${on.value} onChange=${(event) => { on.value = event.currentTarget.checked; }} />
    <span>${label}</span>
  </label>`;
}

/** Answers of which nobody has judged what was typed. */
const UNJUDGED = ['no_answer', 'offline', 'unknown'];

/** A code or PIN that was judged and not taken is typed anew; field is its name among the data-attributes. */
export function typeAnew(answer, text, field) {
  if (answer.ok || UNJUDGED.includes(answer.code)) return;
  text.value = '';
  document.querySelector(`dialog[open] [data-${field}]`)?.focus();
}

/** The choice of giving one's own words. */
export const OWN = '*';

/** Why: ready reasons (an i18n list), or the cashier's own words. chosen and own are signals. */
export function Reasons({ reasons, chosen, own, first = false, kind = 'reasons' }) {
  const options = [...reasons.map((words) => ({ value: words, label: words })), { value: OWN, label: t('reason.own') }];
  return html`<${Choice} label=${t('reason.title')} options=${options} chosen=${chosen} kind=${kind} first=${first} />
    ${chosen.value === OWN && html`<${Field} label=${t('reason.words')} text=${own} data-own=${true} />`}`;
}

/** The reason as it is sent; empty when the cashier's own words are still missing. */
export function reasonText(chosen, own) {
  return chosen.value === OWN ? own.value.trim() : chosen.value;
}
