/** What a cashier hears who looks at the goods: a low tone for whatever was refused, a short soft one for a scan that counts. */
import { effect, signal } from '../vendor/signals.js';
import { message, touched } from './state.js';

const REFUSED = { type: 'square', frequency: 220, volume: 0.08, seconds: 0.25 };
const TAKEN = { type: 'sine', frequency: 880, volume: 0.03, seconds: 0.06 };

const STARTS_MS = 300;

/** Whether something could not be heard because nobody has touched the page yet. */
export const muted = signal(false);
let context = null;

/** The hint goes with the first touch or key, and the sounds come. */
function lift() {
  if (!navigator.userActivation?.hasBeenActive) return;
  muted.value = false;
  context.resume();
  for (const kind of ['pointerup', 'keydown']) removeEventListener(kind, lift, { capture: true });
}

/** Where sounds are allowed they begin within moments. */
async function mute() {
  await new Promise((done) => setTimeout(done, STARTS_MS));
  if (context.state === 'running' || muted.value || navigator.userActivation?.hasBeenActive !== false) return;
  muted.value = true;
  for (const kind of ['pointerup', 'keydown']) addEventListener(kind, lift, { capture: true });
}

/** Browsers are silent until the page was touched once, unless they were started with leave to sound. */
async function tone({ type, frequency, volume, seconds }) {
  context ??= new AudioContext();
  if (context.state !== 'running' && navigator.userActivation?.hasBeenActive) await context.resume();
  if (context.state !== 'running') {
    mute();
    return;
  }
  const sound = context.createOscillator();
  const gain = context.createGain();
  sound.type = type;
  sound.frequency.value = frequency;
  gain.gain.value = volume;
  sound.connect(gain).connect(context.destination);
  sound.start();
  sound.stop(context.currentTime + seconds);
}

/** Starts listening for refusals and for lines of the sale. */
export function startSounds() {
  let heard = null;
  effect(() => {
    const now = message.value;
    if (now && now.level === 'error' && now.id !== heard) tone(REFUSED);
    heard = now?.id ?? heard;
  });
  let before = touched.value;
  effect(() => {
    if (touched.value > before) tone(TAKEN);
    before = touched.value;
  });
}
