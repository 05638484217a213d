/** A low tone for whatever was refused, so that a cashier who looks at the goods hears it. */
import { effect } from '../vendor/signals.js';
import { message } from './state.js';

let context = null;

function tone() {
  if (!navigator.userActivation?.hasBeenActive) return; // browsers are silent until the page was touched once
  context ??= new AudioContext();
  const sound = context.createOscillator();
  const volume = context.createGain();
  sound.type = 'square';
  sound.frequency.value = 220;
  volume.gain.value = 0.08;
  sound.connect(volume).connect(context.destination);
  sound.start();
  sound.stop(context.currentTime + 0.25);
}

/** Starts listening for refusals. */
export function startSounds() {
  let heard = null;
  effect(() => {
    const now = message.value;
    if (now && now.level === 'error' && now.id !== heard) tone();
    heard = now?.id ?? heard;
  });
}
