/**
 * The codes that `scan learn` asks for, on the till's own screen: for a scanner that reads screens. One at a time: with two in sight
 * nobody knows which one is read.
 */
import { useSignal } from '../../vendor/signals.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { Dialog } from './dialog_frame.js';

const CODES = ['text', 'gs'];

export function CodesDialog() {
  const at = useSignal(0);
  const undrawn = useSignal(false);
  const code = CODES[at.value];
  const other = () => {
    undrawn.value = false;
    at.value = (at.value + 1) % CODES.length;
  };
  return html`<${Dialog} name="codes" title=${t('codes.title')} kind="tall">
    <div class="scroll">
      <p>${t('codes.about')}</p>
      ${undrawn.value ? html`<p class="notice warn" role="status">${t('dialog.untold')}</p>`
        : html`<img key=${code} class="code-picture" src=${`/api/scanner/codes/${code}.png`} alt=${t(`codes.${code}`)} data-code=${code}
            onError=${() => { undrawn.value = true; }} />`}
      <p class="code-name">${t(`codes.${code}`)}</p>
    </div>
    <div class="form-foot">
      <${Button} label=${t('codes.other')} cap="Enter" kind="primary" onPress=${other} data-first=${true} />
    </div>
  </${Dialog}>`;
}
