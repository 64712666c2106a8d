// Something asked of the server: waiting, failed with a way to try again, or here.

/** How long a wait stays invisible, ms: a flash of grey bars is worse than a moment of nothing. */
const patience = 200;

export class Loaded<T> {
  data = $state.raw<T | null>(null);
  error = $state.raw<unknown>(null);
  loading = $state(false);
  /** Waiting long enough that something should show for it. */
  slow = $state(false);
  #ask: (signal: AbortSignal) => Promise<T>;
  #running: AbortController | null = null;

  constructor(ask: (signal: AbortSignal) => Promise<T>) {
    this.#ask = ask;
  }

  /** Asks; an earlier question still under way is dropped. What was there stays shown meanwhile. */
  load = async (): Promise<void> => {
    this.#running?.abort();
    const running = new AbortController();
    this.#running = running;
    this.loading = true;
    const timer = setTimeout(() => (this.slow = true), patience);
    try {
      const data = await this.#ask(running.signal);
      if (running.signal.aborted) return;
      this.data = data;
      this.error = null;
    } catch (err) {
      if (running.signal.aborted) return;
      this.error = err;
    } finally {
      clearTimeout(timer);
      if (this.#running === running) {
        this.loading = false;
        this.slow = false;
      }
    }
  };

  /** Forgets what was there and asks anew: for another subject in the same place. */
  reload = (): Promise<void> => {
    this.data = null;
    this.error = null;
    return this.load();
  };

  stop = (): void => this.#running?.abort();
}
