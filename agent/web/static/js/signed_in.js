/** Whether the agent answers and does not know this page: then somebody must sign it in again, and nothing is broken. */
import { effect, signal } from '../vendor/signals.js';
import { connected } from './state.js';

const AGAIN_MS = 2000;

/** True while the agent refuses this browser. A session that is begun in another window of it ends that by itself. */
export const signedOut = signal(false);

let waiting = 0;

/** The event stream does not tell why it broke off; any question does. */
async function look() {
  if (connected.value) return;
  const status = await fetch('/api/bills?limit=1').then((answer) => answer.status, () => 0);
  signedOut.value = status === 401 && !connected.value;
  later();
}

function later() {
  clearTimeout(waiting);
  waiting = setTimeout(look, AGAIN_MS);
}

/** Starts watching. */
export function startSignedIn() {
  effect(() => {
    if (connected.value) signedOut.value = false;
    else later();
  });
}
