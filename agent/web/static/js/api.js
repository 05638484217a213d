/**
 * Commands to the agent. Each carries an Idempotency-Key, so that it is done once however often it is sent:
 * a lost answer is asked for again with the same key, and a double press is one command.
 */

const PAUSES_MS = [250, 750, 1500, 3000];
const ANSWER_MS = 25000;

/** Commands under way or without an answer, by what they ask: {key, answer}. */
const open = new Map();

/** A random UUID; made by hand where the page is not in a secure context. */
export function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-$3-$4-$5');
}

const pause = (ms) => new Promise((done) => setTimeout(done, ms));

/** One try. Resolves to {settled, ok, code, text, params, data}; settled means the agent has said what became of it. */
async function send(path, body, key, sale) {
  const answer = await fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', 'Idempotency-Key': key, ...(sale && { 'Sale-Id': sale }) },
    body,
    signal: AbortSignal.timeout(ANSWER_MS),
  });
  const said = await answer.json();
  const settled = answer.status === 200 || answer.status === 409 || answer.status === 422;
  const text = typeof said.text === 'string' ? said.text : '';
  return { settled, ok: answer.ok && said.ok !== false, code: said.code ?? '', text, params: said.params ?? {}, data: said.data ?? {} };
}

async function sendUntilAnswered(path, body, key, sale) {
  for (const ms of [...PAUSES_MS, null]) {
    try {
      return await send(path, body, key, sale);
    } catch {
      // No answer, or half of one: the command may have been done. Only the same key makes asking again safe.
      if (ms === null) break;
      await pause(ms);
    }
  }
  return { settled: false, ok: false, code: 'no_answer', text: '', params: {}, data: {} };
}

/**
 * Sends a command and resolves to its answer; never rejects. The same command pressed while under way is the same
 * promise; pressed again after no answer came, it goes out with its first key. `key` overrides the key, and the answer
 * brings along the one that was used. `sale` is the sale that is meant: in another one the agent does nothing.
 */
export function command(path, body = {}, { key = null, sale = '' } = {}) {
  const text = JSON.stringify(body);
  const name = `${sale} ${path} ${text}`;
  const earlier = open.get(name);
  if (earlier?.answer) return earlier.answer;
  const entry = { key: key ?? earlier?.key ?? newKey(), answer: null };
  open.set(name, entry);
  entry.answer = sendUntilAnswered(path, text, entry.key, sale).then((answer) => {
    entry.answer = null;
    if (answer.settled) open.delete(name);
    return { ...answer, key: entry.key };
  });
  return entry.answer;
}

/** After the truth has been seen again, a command that never got an answer is history: pressing it is a new wish. */
export function forgetUnanswered() {
  for (const [name, entry] of open) if (!entry.answer) open.delete(name);
}

/** Reads; null when the agent does not answer. */
export async function read(path) {
  try {
    const answer = await fetch(path, { signal: AbortSignal.timeout(8000) });
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
