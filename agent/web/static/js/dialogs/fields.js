/** Fields of the dialogs. What is typed stays text until it is sent; a push from the agent never touches it. */
import { useId, useLayoutEffect } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { amount, phone, typed } from '../grouped.js';
import { html } from '../html.js';
import { list, t } from '../i18n.js';
import { typeBeside } from './number_pad.js';

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

/** One of several: options are {value, label, cap}. chosen is a signal; while it is none of them an arrow chooses the first or last. */
export function Choice({ label, options, chosen, problem = '', kind = '', first = false, onChoose }) {
  const name = useId();
  const none = !options.some(({ value }) => value === chosen.value);
  const begin = (event) => {
    if (!none || !event.key.startsWith('Arrow')) return;
    event.preventDefault();
    chosen.value = options.at(/Up|Left/.test(event.key) ? -1 : 0).value;
  };
  return html`<fieldset class=${`choice ${kind}`} onKeyDown=${begin}>
    <legend>${problem ? html`<span class="problem" role="alert">${problem}</span>` : label}</legend>
    ${options.map(({ value, label: words, cap }) => html`<label key=${value} class="chip">
      <input type="radio" name=${name} value=${value} checked=${chosen.value === value}
        data-first=${first && (none || chosen.value === value) ? '' : null}
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
const OWN = '*';

/** A letter typed on the reasons, or anything where no field waits for it, begins the cashier's own words. */
function beginOwn({ chosen, own }) {
  return (char, pressed) => {
    if (!/\p{L}/u.test(char) && typeBeside(char, pressed)) return true;
    if (pressed.matches('[type=text], [type=password]') || (char === ' ' && !own.value)) return false;
    chosen.value = OWN;
    own.value += char;
    return true;
  };
}

/**
 * Why: ready reasons (an i18n list), or the cashier's own words. Nothing is chosen until somebody chose: text is empty then,
 * and given() asks for it and is false. keys are for the dialog.
 */
export function useReason(name) {
  const [chosen, own, asked] = [useSignal(''), useSignal(''), useSignal(false)];
  const typing = chosen.value === OWN;
  const text = typing ? own.value.trim() : chosen.value;
  const given = () => {
    asked.value = text === '';
    if (asked.value) document.querySelector('dialog[open] :is([data-own], .why input)')?.focus();
    return text !== '';
  };
  return { reasons: list(`reasons.${name}`), chosen, own, typing, text, missing: asked.value && !text, given, keys: { text: beginOwn({ chosen, own }) } };
}

/** The choice itself. why is of useReason. Own words are typed at once. */
export function Reasons({ why, first = false, kind = 'reasons' }) {
  const { reasons, chosen, own, typing, missing } = why;
  const options = [...reasons.map((words) => ({ value: words, label: words })), { value: OWN, label: t('reason.own') }];
  useLayoutEffect(() => {
    if (typing) document.querySelector('dialog[open] [data-own]')?.focus();
  }, [typing]);
  return html`<${Choice} label=${t('reason.title')} options=${options} chosen=${chosen} kind=${`why ${kind}`} first=${first}
      problem=${missing ? t('reason.missing') : ''} />
    ${typing && html`<${Field} label=${t('reason.words')} text=${own} data-own=${true} />`}`;
}
