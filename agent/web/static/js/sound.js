/** What a cashier hears who looks at the goods: a low tone for whatever was refused, a short soft one for a scan that counts. */
import { effect } from '../vendor/signals.js';
import { message, touched } from './state.js';

const REFUSED = { type: 'square', frequency: 220, volume: 0.08, seconds: 0.25 };
const TAKEN = { type: 'sine', frequency: 880, volume: 0.03, seconds: 0.06 };

let context = null;

/** Browsers are silent until the page was touched once, unless they were started with leave to sound. */
async function tone({ type, frequency, volume, seconds }) {
  context ??= new AudioContext();
  if (context.state !== 'running' && navigator.userActivation?.hasBeenActive) await context.resume();
  if (context.state !== 'running') return;
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
