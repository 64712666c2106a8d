// Which rows of a long list are worth drawing.

export interface Slice { from: number; to: number }

/** The rows of equal height that a scrolled window shows, with `spare` more on either side; to is exclusive. */
export function rowsIn(count: number, height: number, top: number, window: number, spare = 6): Slice {
  if (count <= 0) return { from: 0, to: 0 };
  const from = Math.max(0, Math.min(count - 1, Math.floor(Math.max(0, top) / height)) - spare);
  const to = Math.min(count, Math.ceil((Math.max(0, top) + window) / height) + spare);
  return { from, to: Math.max(from + 1, to) };
}

/** Where to scroll so that row i is seen whole; the same place where it already is. */
export function scrollFor(i: number, height: number, top: number, window: number): number {
  const start = i * height;
  if (start < top) return start;
  return start + height > top + window ? start + height - window : top;
}
