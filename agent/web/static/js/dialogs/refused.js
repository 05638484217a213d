/** Alt+S: every scan that did nothing lately, newest first: which label, and why. Once closed, they were seen. */
import { useLayoutEffect } from '../../vendor/hooks.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { openDialog, refusedScans, seeScans } from '../state.js';
import { Dialog } from './dialog_frame.js';
import { moment } from './queue.js';

const CAPTIONS = ['at', 'label', 'reason'];

function Row({ scan }) {
  return html`<tr>
    <td>${moment(scan.at, { second: '2-digit' })}</td>
    <td>${scan.item || scan.label || '-'}</td>
    <td>${scan.text}</td>
  </tr>`;
}

export function RefusedDialog() {
  useLayoutEffect(() => seeScans, []);
  return html`<${Dialog} name="refused" title=${t('refused.title')} kind="tall wide">
    <div class="scroll" tabindex="0" role="region" aria-label=${t('refused.title')} data-first>
      <table>
        <thead><tr>${CAPTIONS.map((name) => html`<th key=${name} scope="col">${t(`refused.${name}`)}</th>`)}</tr></thead>
        <tbody>${refusedScans.value.map((scan) => html`<${Row} key=${scan.no} scan=${scan} />`)}</tbody>
      </table>
    </div>
    <div class="form-foot">
      <${Button} label=${t('codes.show')} kind="quiet-button" onPress=${() => openDialog('codes')} data-codes=${true} />
    </div>
  </${Dialog}>`;
}
