/** The live line to the agent: Server-Sent Events of full snapshots, and the knowledge of whether it still answers. */
import { batch } from '../vendor/signals.js';
import { forgetUnanswered, read } from './api.js';
import { applySnapshot, connected, snapshot, tick } from './state.js';

const AGAIN_MS = 700;
const SILENCE_MS = 10000;

let source = null;
let heardAt = 0;

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

function lost() {
  connected.value = false;
  source?.close();
  source = null;
  setTimeout(listen, AGAIN_MS);
}

function listen() {
  if (source) return;
  const stream = new EventSource('/events');
  source = stream;
  stream.addEventListener('snapshot', (event) => take(event.data));
  stream.addEventListener('error', () => {
    if (source === stream) lost();
  });
}

/** A stream that is open but silent proves nothing (heartbeats do not reach scripts): ask, and believe the answer. */
async function probe() {
  tick.value += 1;
  if (!connected.value || performance.now() - heardAt < SILENCE_MS) return;
  const asked = source;
  const next = await read('/api/snapshot');
  if (source !== asked) return;
  if (!next) lost();
  else if (next.version > snapshot.value.version) take(JSON.stringify(next));
  else heardAt = performance.now();
}

/** Starts listening, for as long as the page lives. */
export function startStream() {
  listen();
  setInterval(probe, SILENCE_MS);
  addEventListener('pagehide', () => source?.close());
}
