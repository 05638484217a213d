/** The live line to the agent: snapshots from the stream all pages share, and the knowledge of whether it answers. */
import { batch } from '../vendor/signals.js';
import { forgetUnanswered } from './api.js';
import { changed, whole } from './changes.js';
import { applySnapshot, connected, snapshot, tick, tillMinute } from './state.js';

const LOOK_MS = 500;
const SILENT_LOOKS = 9;
const TICK_MS = 10000;
const WORKER = '/static/js/stream_worker.js';

let stream = null;
let silentLooks = 0;
/** What the next change is a change of; null until a whole snapshot comes. */
let base = null;

function take(next) {
  base = next;
  silentLooks = 0;
  batch(() => {
    applySnapshot(next);
    if (!connected.value) {
      connected.value = true;
      forgetUnanswered();
    }
  });
}

function lose() {
  base = null;
  silentLooks = 0;
  connected.value = false;
  stream.postMessage('lost');
}

function change(text) {
  if (!base) return;
  const next = changed(base, JSON.parse(text));
  if (next) take(next);
  else lose();
}

function heard({ data }) {
  if (data === null) {
    base = null;
    connected.value = false;
  } else if (data.beat) {
    silentLooks = 0;
    tillMinute.value = data.beat.slice(0, 16);
  } else if (data.change) change(data.change);
  else take(whole(snapshot.value, JSON.parse(data.whole)));
}

/**
 * A stream that is open but silent proves nothing: the agent is heard every two seconds, or it hangs. Looks are counted,
 * not seconds: a browser that slept has heard nothing, and knows nothing.
 */
function look() {
  silentLooks += 1;
  if (silentLooks >= SILENT_LOOKS) lose();
}

/** Starts listening, for as long as the page lives. */
export function startStream() {
  // A policy that wants trusted types takes no address of a script as bare text.
  const trusted = globalThis.trustedTypes?.createPolicy('stream', { createScriptURL: (address) => address });
  const worker = { name: 'changes', type: 'module' };
  stream = new SharedWorker(trusted ? trusted.createScriptURL(WORKER) : WORKER, worker).port;
  stream.onmessage = heard;
  setInterval(look, LOOK_MS);
  setInterval(() => { tick.value += 1; }, TICK_MS);
  addEventListener('pagehide', () => stream.postMessage('bye'));
}
