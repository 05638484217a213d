/** Commands that may need a supervisor's word: it is asked for, and the command goes on by itself. */
import { signal } from '../vendor/signals.js';
import { command } from './api.js';
import { meantSale } from './state.js';

/** The command that waits for a word, {path, body, sale, answer, end}, or null. end takes the answer it came to. */
export const asked = signal(null);

/** Sends a command as `command` does; the refusal of a supervisor who was not asked is asked about first. */
export async function commandAllowed(path, body, sale = meantSale()) {
  const answer = await command(path, body, { sale });
  if (answer.code !== 'needs-supervisor' || asked.value) return answer;
  return new Promise((done) => {
    const question = {
      path, body, sale, answer,
      // It may end twice, by its sale and by its answer: then another may be asked about by now.
      end: (last) => {
        if (asked.value === question) asked.value = null;
        done(last);
      },
    };
    asked.value = question;
  });
}
