// One clock for all ages on a page, so that `3 分钟前` grows without asking anybody.

let now = $state(Date.now());
setInterval(() => (now = Date.now()), 20_000);

export const clockwork = {
  /** Milliseconds since 1970, at most 20 s old. */
  get now(): number {
    return now;
  },
};
