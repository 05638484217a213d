/** The live line to the agent: full snapshots from the stream all pages share, and the knowledge of whether it answers. */
import { batch } from '../vendor/signals.js';
import { forgetUnanswered } from './api.js';
import { applySnapshot, connected, tick, tillMinute } from './state.js';

const LOOK_MS = 500;
const SILENT_LOOKS = 9;
const TICK_MS = 10000;
const WORKER = '/static/js/stream_worker.js';

let stream = null;
let silentLooks = 0;

function take(text) {
  const next = JSON.parse(text);
  silentLooks = 0;
  batch(() => {
    applySnapshot(next);
    if (!connected.value) {
      connected.value = true;
      forgetUnanswered();
    }
  });
}

function heard({ data }) {
  if (data === null) connected.value = false;
  else if (data.beat) {
    silentLooks = 0;
    tillMinute.value = data.beat.slice(0, 16);
  } else take(data);
}

/**
 * A stream that is open but silent proves nothing: the agent is heard every two seconds, or it hangs. Looks are counted,
 * not seconds: a browser that slept has heard nothing, and knows nothing.
 */
function look() {
  silentLooks += 1;
  if (silentLooks < SILENT_LOOKS) return;
  silentLooks = 0;
  connected.value = false;
  stream.postMessage('lost');
}

/** Starts listening, for as long as the page lives. */
export function startStream() {
  // A policy that wants trusted types takes no address of a script as bare text.
  const trusted = globalThis.trustedTypes?.createPolicy('stream', { createScriptURL: (address) => address });
  stream = new SharedWorker(trusted ? trusted.createScriptURL(WORKER) : WORKER, 'stream').port;
  stream.onmessage = heard;
  setInterval(look, LOOK_MS);
  setInterval(() => { tick.value += 1; }, TICK_MS);
  addEventListener('pagehide', () => stream.postMessage('bye'));
}
