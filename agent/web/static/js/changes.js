/** The snapshot put together from what the stream tells of it: the whole, then what has changed since the one before. */

/** A whole snapshot; what is alike in the one before stays the same object, so that nobody draws it anew. */
export function whole(before, next) {
  if (!before) return next;
  const alike = (name) => JSON.stringify(before[name]) === JSON.stringify(next[name]);
  return Object.fromEntries(Object.keys(next).map((name) => [name, alike(name) ? before[name] : next[name]]));
}

/** The snapshot after a change; null when the change is none of this snapshot, of which nothing is known then. */
export function changed(before, { from, ...parts }) {
  if (before?.version !== from) return null;
  if (!parts.sale) return { ...before, ...parts };
  const known = new Map((before.sale.lines ?? []).map((line) => [line.no, line]));
  const lines = parts.sale.lines.map((line) => (typeof line === 'number' ? known.get(line) : line));
  return lines.includes(undefined) ? null : { ...before, ...parts, sale: { ...parts.sale, lines } };
}
