/** F7: something comes back. First which bill, then what of it. A scanned invoice comes with its number. */
import { useEffect, useRef } from '../../vendor/hooks.js';
import { useSignal } from '../../vendor/signals.js';
import { html } from '../html.js';
import { lookUp } from '../returns.js';
import { ReturnFind } from './return_find.js';
import { ReturnWhat } from './return_what.js';

/** The bill that was looked up, and how the looking went. An older answer never overwrites a newer question's. */
function useBill() {
  const found = useSignal(null);
  const busy = useSignal(false);
  const refused = useSignal('');
  const newest = useRef(0);
  const look = async (number) => {
    newest.current += 1;
    const mine = newest.current;
    busy.value = true;
    refused.value = '';
    const answer = await lookUp(number);
    if (mine !== newest.current) return;
    busy.value = false;
    found.value = answer.ok ? answer.data : null;
    refused.value = answer.ok ? '' : answer.text;
  };
  return { found, busy, refused, look };
}

/** ReturnDialog({number, asked}): number of a bill known already; asked tells one scan of it from the next. */
export function ReturnDialog({ number = '', asked = null }) {
  const { found, busy, refused, look } = useBill();
  useEffect(() => {
    if (number) look(number);
  }, [number, asked]);
  const other = () => {
    found.value = null;
  };
  if (found.value) return html`<${ReturnWhat} key=${`${found.value.number} ${asked}`} bill=${found.value} onOther=${other} />`;
  return html`<${ReturnFind} key=${`find ${number}`} begun=${number} busy=${busy.value} refused=${refused.value} onLook=${look} />`;
}
