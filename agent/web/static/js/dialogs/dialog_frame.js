/** What every dialog shares: native <dialog>, its title, a way back, the first field in focus, and the agent's word. */
import { useLayoutEffect, useRef } from '../../vendor/hooks.js';
import { signal, useSignal } from '../../vendor/signals.js';
import { refusal } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { useKeys } from '../keys.js';
import { newestWords } from '../panels/live_region.js';
import { Message } from '../panels/message_line.js';
import { totalWords } from '../panels/total.js';
import { signedOut } from '../signed_in.js';
import {
  closeDialog, connected, forgetMessage, lines, meantSale, message, saleOver, say, stillOpen, touched,
} from '../state.js';
import { commandAllowed } from '../supervisor_asked.js';
import { rememberField, typeBeside } from './number_pad.js';

/** The total of the open sale, which a dialog lies over: customers ask for it at any time. */
function RunningTotal() {
  if (!lines.value.length) return null;
  const { words, amount } = totalWords();
  return html`<p class="running-total"><span class="quiet">${words}</span> <span class="figure" data-running-total>${amount}</span></p>`;
}

/** Whether the message came after the dialog, and is not said in it. */
function isNews(now, since) {
  if (!now) return false;
  const fresh = now.id !== since.message && now.text !== saidHere.value;
  return fresh || Boolean(now.beside && now.beside.id !== since.beside);
}

/** What was said since the dialog opened; or what was scanned into the sale behind it; else what that sale comes to. */
function News({ since }) {
  if (!connected.value) return html`<p class="message error" role="alert">${t(signedOut.value ? 'agent.signed_out' : 'agent.silent')}</p>`;
  if (isNews(message.value, since)) return html`<${Message} />`;
  return touched.value === since.touched ? html`<${RunningTotal} />` : html`<p class="message info" role="status">${newestWords()}</p>`;
}

/** Back to where the dialog below had it, if that can have it. */
function focusAgain(below, before) {
  const there = below.contains(before) && !before.disabled ? before : below.querySelector('[data-first]:not(:disabled)');
  there?.focus({ preventScroll: true });
}

function useModal(ref) {
  useLayoutEffect(() => {
    const box = ref.current;
    const before = document.activeElement;
    box.showModal();
    const first = box.querySelector('[data-first]:not(:disabled)') ?? box.querySelector('.primary:not(:disabled)');
    first?.focus();
    if (first?.dataset.whole !== undefined) first.select();
    return () => {
      box.close();
      const below = document.querySelector('dialog[open]');
      if (below) focusAgain(below, before);
      else document.getElementById('lines')?.focus({ preventScroll: true });
    };
  }, []);
}

/** A dialog whose sale is over closes. Where something was typed it stays for the last keys, which are not for the next sale. */
function useSaleOver(over) {
  const typed = useRef(false);
  useLayoutEffect(() => {
    if (over && !typed.current) closeDialog();
  }, [over]);
  return ({ type, key }) => {
    if (type === 'input' || key.length === 1) typed.current = true;
  };
}

/** Dialog({name, title, kind, keys, onBack, backLabel, over, children}). Escape is always the way back. over: its sale is. */
export function Dialog({ name, title, kind = '', keys = {}, onBack = closeDialog, backLabel, over = saleOver.value, children }) {
  const ref = useRef(null);
  const onTyped = useSaleOver(over);
  const since = useRef({ message: message.value?.id, beside: message.value?.beside?.id, touched: touched.value }).current;
  useModal(ref);
  useKeys({ Escape: onBack, 'Alt+y': () => (sure.value ? sure.value() : false), text: typeBeside, ...keys });
  useLayoutEffect(() => () => {
    sure.value = null;
    forgetMessage(saidHere.value); // it was read where it stood
    if (!document.querySelector('dialog[open]')) saidHere.value = ''; // in another one it is news again
  }, []);
  return html`<dialog ref=${ref} class=${`dialog ${kind}`} data-dialog=${name} aria-labelledby=${`${name}-title`}
      onCancel=${(event) => event.preventDefault()} onFocusIn=${rememberField} onInput=${onTyped} onKeyDown=${onTyped}>
    <header class="dialog-head">
      <h2 id=${`${name}-title`}>${title}</h2>
      <${News} since=${since} />
      ${onBack && html`<${Button} label=${backLabel ?? t('dialog.back')} cap="Escape" onPress=${onBack} kind="quiet-button" />`}
    </header>
    ${children}
  </dialog>`;
}

/** What stands at the fields already, so that the title bar need not say it again. */
export const saidHere = signal('');

/** Says that the amount or quantity the agent finds hardly meant is meant; null while nothing is asked. */
const sure = signal(null);

/**
 * A dialog's own command: {busy, refused, run, forget}. run resolves to the answer and keeps a refusal on show. What the agent
 * finds hardly meant waits until somebody is sure, and is then sent again, saying so. forget: what was refused or asked is of
 * the past. send: how it goes out.
 */
export function useCommand(send = commandAllowed) {
  const busy = useSignal(false);
  const refused = useSignal('');
  const run = async (path, body) => {
    busy.value = true;
    forget();
    if (saleOver.peek()) return overBy(refused, busy);
    const still = stillOpen();
    const answer = await send(path, body, meantSale());
    busy.value = false;
    if (!still()) {
      if (answer.code === 'no_answer') say('error', refusal(answer)); // whatever was refused, the agent says itself
      return answer;
    }
    refused.value = refusal(answer);
    saidHere.value = refused.value;
    if (answer.code !== 'unlikely') return answer;
    await new Promise((confirm) => {
      sure.value = confirm;
    });
    return run(path, { ...body, sure: true });
  };
  const forget = () => {
    refused.value = '';
    sure.value = null;
  };
  return { busy, refused, run, forget };
}

/** What a dialog's command comes to whose sale is over: it is not sent. */
function overBy(refused, busy) {
  busy.value = false;
  refused.value = t('dialog.sale_over');
  return { settled: true, ok: false, code: 'other-sale', text: refused.value, params: {}, data: {} };
}

/** A refusal, said where the cashier is looking; or a question, with the button that says yes. Enter does not. */
export function Refused({ text }) {
  if (!text) return null;
  const asked = sure.value && text === saidHere.value;
  if (!asked) return html`<p class="refused" role="alert">${text}</p>`;
  return html`<div class="refused asked"><p role="alert">${text}</p>
    <${Button} label=${t('dialog.sure')} cap="Alt+y" onPress=${() => sure.value()} data-sure=${true} /></div>`;
}

/** The form of a dialog: Enter submits it, the primary button stands in one place. Of one whose sale is over Enter ends it. */
export function Form({ over = saleOver.value, ...form }) {
  const ended = { onSubmit: closeDialog, submit: t('dialog.back'), refused: t('dialog.sale_over'), disabled: false, kind: 'primary', extra: null };
  return html`<${Fields} ...${form} ...${over && !form.busy ? ended : {}} />`;
}

function Fields({ onSubmit, submit, busy = false, refused = '', disabled = false, kind = 'primary', extra, children }) {
  const send = (event) => {
    event.preventDefault();
    if (!busy && !disabled) onSubmit();
  };
  return html`<form class="form" onSubmit=${send} novalidate autocomplete="off">
    <div class="fields">${children}</div>
    <${Refused} text=${refused} />
    <div class="form-foot">
      ${extra}
      <${Button} type="submit" kind=${kind} cap=${busy ? null : 'Enter'} label=${busy ? t('dialog.busy') : submit}
        disabled=${busy || disabled || !connected.value} />
    </div>
  </form>`;
}
