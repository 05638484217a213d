/** The live line to the agent: full snapshots from the stream all pages share, and the knowledge of whether it answers. */
import { batch } from '../vendor/signals.js';
import { forgetUnanswered, read } from './api.js';
import { applySnapshot, connected, snapshot, tick } from './state.js';

const SILENCE_MS = 10000;
const WORKER = '/static/js/stream_worker.js';

let stream = null;
let heardAt = 0;
let times = 0;

function take(text) {
  const next = JSON.parse(text);
  heardAt = performance.now();
  batch(() => {
    applySnapshot(next);
    if (!connected.value) {
      connected.value = true;
      forgetUnanswered();
    }
  });
}

function heard({ data }) {
  times += 1;
  if (data === null) connected.value = false;
  else take(data);
}

/** A stream that is open but silent proves nothing (heartbeats do not reach scripts): ask, and believe the answer. */
async function probe() {
  tick.value += 1;
  if (!connected.value || performance.now() - heardAt < SILENCE_MS) return;
  const asked = times;
  const next = await read('/api/snapshot');
  if (times !== asked) return;
  if (!next) {
    connected.value = false;
    stream.postMessage('lost');
  } else if (next.version > snapshot.value.version) take(JSON.stringify(next));
  else heardAt = performance.now();
}

/** Starts listening, for as long as the page lives. */
export function startStream() {
  // A policy that wants trusted types takes no address of a script as bare text.
  const trusted = globalThis.trustedTypes?.createPolicy('stream', { createScriptURL: (address) => address });
  stream = new SharedWorker(trusted ? trusted.createScriptURL(WORKER) : WORKER, 'stream').port;
  stream.onmessage = heard;
  setInterval(probe, SILENCE_MS);
  addEventListener('pagehide', () => stream.postMessage('bye'));
}
