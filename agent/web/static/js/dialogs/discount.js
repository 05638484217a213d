/** F11: something off the selected line or off the whole bill, as money or as percent, and why. */
import { useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { closeWhenDone } from '../actions.js';
import { Button } from '../buttons.js';
import { html } from '../html.js';
import { t } from '../i18n.js';
import { parseDecimal } from '../money.js';
import { connected, selectedLine, till, totals } from '../state.js';
import { Choice, Field, Reasons, useReason } from './fields.js';
import { NumberPad } from './number_pad.js';
import { Dialog, Form, useCommand } from './dialog_frame.js';

/** What was typed as {minor, bp}; null when it is no discount. */
function read(text, kind) {
  const { exponent, locale } = till.value;
  const value = parseDecimal(text, kind === 'percent' ? 2 : exponent, locale);
  if (!value || (kind === 'percent' && value > 10000)) return null;
  return kind === 'percent' ? { minor: 0, bp: value } : { minor: value, bp: 0 };
}

function send(run, scope, line, body) {
  if (scope === 'line') return run('/api/line/discount', { line: line.no, ...body });
  return run('/api/sale/discount', body);
}

export function DiscountDialog() {
  const line = useRef(selectedLine.value?.back ? null : selectedLine.value).current; // what comes back has its price
  const scope = useSignal(line ? 'line' : 'bill');
  const kind = useSignal('percent');
  const text = useSignal('');
  const why = useReason('discount');
  const problem = useSignal('');
  const { busy, refused, run } = useCommand();
  const save = () => {
    const off = read(text.value, kind.value);
    problem.value = off ? '' : t('discount.problem');
    if (off && why.given()) closeWhenDone(send(run, scope.value, line, { ...off, reason: why.text }));
  };
  const remove = () => closeWhenDone(send(run, scope.value, line, { minor: 0, bp: 0, reason: '' }));
  const discounted = scope.value === 'line' ? line.discount_minor : totals.value.discount_minor;
  const scopes = [
    ...(line ? [{ value: 'line', label: t('discount.line') }] : []),
    { value: 'bill', label: t('discount.bill') },
  ];
  const kinds = [{ value: 'percent', label: t('discount.percent') }, { value: 'money', label: t('discount.money') }];
  return html`<${Dialog} name="discount" title=${t('discount.title')} kind="with-pad" keys=${why.keys}>
    <${Form} onSubmit=${save} submit=${t('dialog.set')} busy=${busy.value} refused=${refused.value}
        extra=${discounted ? html`<${Button} label=${t('discount.remove')} disabled=${!connected.value} onPress=${remove} />` : null}>
      <p class="subject">${scope.value === 'line' ? line.name : t('discount.bill')}</p>
      <div class="two">
        <${Choice} label=${t('discount.on')} options=${scopes} chosen=${scope} />
        <${Choice} label=${t('discount.as')} options=${kinds} chosen=${kind} />
      </div>
      <${Field} label=${t('discount.label')} text=${text} problem=${problem.value} first=${true} mode="decimal" kind="big"
        suffix=${kind.value === 'percent' ? '%' : till.value.currency} />
      <${Reasons} why=${why} />
    </${Form}>
    <${NumberPad} />
  </${Dialog}>`;
}
