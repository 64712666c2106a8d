// The server's event stream: read, resumed after a cut, and honest about gaps.

export interface Message { id: string; event: string; data: string }

/** Cuts a text/event-stream into messages, whatever the chunks it comes in. */
export class MessageReader {
  #rest = '';
  #id = '';
  #event = '';
  #data: string[] = [];

  /** The messages that are whole now. A message without data is none, as the standard says; its id counts. */
  feed(chunk: string): Message[] {
    const out: Message[] = [];
    this.#rest += chunk;
    for (;;) {
      const cut = /\r\n|\n|\r(?!$)/.exec(this.#rest);
      if (!cut) return out;
      const line = this.#rest.slice(0, cut.index);
      this.#rest = this.#rest.slice(cut.index + cut[0].length);
      if (line === '') {
        if (this.#data.length > 0) out.push({ id: this.#id, event: this.#event || 'message', data: this.#data.join('\n') });
        this.#event = '';
        this.#data = [];
        continue;
      }
      const colon = line.indexOf(':');
      if (colon === 0) continue;
      const field = colon < 0 ? line : line.slice(0, colon);
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '');
      if (field === 'id' && !value.includes('\0')) this.#id = value;
      else if (field === 'event') this.#event = value;
      else if (field === 'data') this.#data.push(value);
    }
  }

  /** The last id seen, also of messages without data. */
  get id(): string {
    return this.#id;
  }
}

export interface Listener {
  message(m: Message): void;
  /** Connected or not; waiting means that another try is on its way. */
  state(now: 'live' | 'waiting'): void;
  /** Something may have been missed: ask for everything again. */
  gap(): void;
}

export interface Wiring {
  fetch: (url: string, init: RequestInit) => Promise<Response>;
  /** Called once, however long; resolves early when it should. */
  sleep: (ms: number, signal: AbortSignal) => Promise<void>;
  random: () => number;
  now: () => number;
}

/** A stream from which nothing came for this long, in ms, is taken for dead. The server says something every 15 s. */
export const silence = 45_000;
/** After this long without a stream, in ms, what it would replay is not waited for: everything is asked for again. */
export const staleAfter = 5 * 60_000;

/** Listens until signal aborts. Each cut is followed by another try, after 0.5 s, 1 s, 2 s … at most 5 s. */
export async function listen(url: string, to: Listener, signal: AbortSignal, wiring: Wiring = real): Promise<void> {
  let last = '';
  let lostAt: number | null = null;
  let tries = 0;
  while (!signal.aborted) {
    const cut = new AbortController();
    const stop = () => cut.abort();
    signal.addEventListener('abort', stop);
    try {
      const headers: Record<string, string> = { accept: 'text/event-stream' };
      if (last) headers['last-event-id'] = last;
      const res = await wiring.fetch(url, { headers, cache: 'no-store', credentials: 'same-origin', signal: cut.signal });
      if (last && (res.status === 410 || res.status === 409)) {
        last = '';
        to.gap();
        continue;
      }
      if (!res.ok || !res.body) throw new Error('stream answered ' + res.status);
      to.state('live');
      const resumed = last !== '';
      if (lostAt !== null && (!resumed || wiring.now() - lostAt > staleAfter)) to.gap();
      lostAt = null;
      last = await read(res.body, last, to, cut, () => (tries = 0));
    } catch {
      // A cut, a refusal, silence: all of them are tried again below.
    } finally {
      signal.removeEventListener('abort', stop);
      cut.abort();
    }
    if (signal.aborted) return;
    lostAt ??= wiring.now();
    to.state('waiting');
    await wiring.sleep(Math.min(5_000, 500 * 2 ** tries++) * (0.7 + 0.6 * wiring.random()), signal);
  }

  async function read(
    body: ReadableStream<Uint8Array>, from: string, listener: Listener, cut: AbortController, heard: () => void,
  ): Promise<string> {
    const reader = body.getReader();
    const text = new TextDecoder();
    const messages = new MessageReader();
    let id = from;
    let watchdog: ReturnType<typeof setTimeout> | undefined;
    const wake = () => {
      clearTimeout(watchdog);
      watchdog = setTimeout(() => cut.abort(), silence);
    };
    try {
      wake();
      for (;;) {
        const { done, value } = await reader.read();
        if (done) return id;
        wake();
        heard();
        for (const m of messages.feed(text.decode(value, { stream: true }))) {
          if (m.event === 'reset' || m.event === 'gap') listener.gap();
          else listener.message(m);
        }
        id = messages.id || id;
        last = id;
      }
    } finally {
      clearTimeout(watchdog);
    }
  }
}

/** The browser's own; sleep ends early when the network comes back. */
export const real: Wiring = {
  fetch: (url, init) => fetch(url, init),
  random: Math.random,
  now: Date.now,
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      const timer = setTimeout(end, ms);
      function end() {
        clearTimeout(timer);
        window.removeEventListener('online', end);
        signal.removeEventListener('abort', end);
        resolve();
      }
      window.addEventListener('online', end);
      signal.addEventListener('abort', end);
    }),
};
