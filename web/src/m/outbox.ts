// Carries this phone's shots to the server, one at a time, until each has its receipt.
import { carry as carryByXHR, type Carry } from './carry';
import { sha256 } from './hash';
import { after, network, next, pending, type Happening, type Shot } from './shot';
import type { Store } from './store';
import { uuid7 } from './uuid7';

/** The outside that the outbox needs; tests bring their own. */
export interface World {
  now(): number;
  /** In [0, 1). */
  chance(): number;
  hash(bytes: ArrayBuffer): Promise<string>;
  carry: Carry;
  /** Runs work while no other page of this browser does; false where one does already. */
  alone(work: () => Promise<void>): Promise<boolean>;
  timer(run: () => void, ms: number): () => void;
}

/** How far the shot under way is. */
export interface Progress { key: string; sent: number; since: number }

/** A receipted shot is shown here for so long; the server keeps it for good. */
const remembered = 7 * 24 * 3600_000;
const longestSleep = 60_000;
const pause = 2_000;

export class Outbox {
  shots: readonly Shot[] = [];
  progress: Progress | null = null;
  #store: Store;
  #world: World;
  #changed: () => void;
  #person: number | null = null;
  #loose = new Map<string, ArrayBuffer>();
  #running = false;
  #stopped = false;
  #wake: () => void = () => {};

  /** changed is called after shots or progress are other than before. */
  constructor(store: Store, changed: () => void, world: World = browser) {
    this.#store = store;
    this.#changed = changed;
    this.#world = world;
  }

  /** Reads what earlier visits left, once; what was on its way then is not any more. */
  async open(): Promise<void> {
    const now = this.#world.now();
    const found: Shot[] = [];
    for (const was of await this.#store.all()) {
      if (!pending(was) && now - was.captured_at > remembered) await this.#store.drop(was.key);
      else found.push(this.#after(was, { type: 'reopened' }));
    }
    this.shots = found.sort((a, b) => a.captured_at - b.captured_at);
    this.#changed();
  }

  /** Whose shots are sent: those of the person logged in, nobody else's. Null sends nothing. */
  login(person: number | null): void {
    this.#person = person;
    if (person !== null) this.nudge('login');
  }

  /**
   * Takes a shot. When it resolves, the bytes are in the store, or, where the store refused, in
   * memory with shot.kept false.
   */
  async take(facts: Omit<Shot, Carried>, bytes: ArrayBuffer): Promise<Shot> {
    const now = this.#world.now();
    const key = uuid7(now);
    let shot: Shot = {
      ...facts, key, id: key, captured_at: now, size: bytes.byteLength, kept: true,
      state: 'captured', sha256: null, why: null, said: '', tries: 0, not_before: 0, taken_by: null, receipt: null, settled_at: null,
    };
    try {
      await this.#store.keep(shot, bytes);
    } catch {
      shot = { ...shot, kept: false };
      this.#loose.set(key, bytes);
    }
    this.shots = [...this.shots, shot];
    this.#changed();
    void this.run();
    return shot;
  }

  /** A thumbnail for a shot, made after the bytes were safe. */
  async dress(key: string, thumb: ArrayBuffer): Promise<void> {
    const shot = this.#find(key);
    if (shot) await this.#write({ ...shot, thumb });
  }

  /** Something changed that makes waiting pointless: a network, a login, or a person who pressed the button. */
  nudge(why: 'network' | 'login' | 'hand'): void {
    for (const shot of this.shots) {
      if (shot.state === 'refused' || shot.not_before === 0) continue;
      if (why === 'hand' ? shot.why !== 'signed_out' : network(shot) && (why === 'login' || shot.why !== 'signed_out')) {
        this.#set(this.#after(shot, { type: 'again' }));
      }
    }
    this.#changed();
    void this.run();
  }

  /** Tries one shot again, refused ones from the start. */
  async again(key: string): Promise<void> {
    await this.#happen(key, { type: 'again' });
    void this.run();
  }

  /** Gives a shot that has not gone out yet to another site. */
  async move(key: string, site: Shot['site']): Promise<void> {
    await this.#happen(key, { type: 'moved', site });
    void this.run();
  }

  /** Lets go of a refused shot, because a person said so. Nothing else but a receipt removes bytes. */
  async drop(key: string): Promise<void> {
    const shot = this.#find(key);
    if (shot?.state !== 'refused') return;
    await this.#store.drop(key);
    this.#loose.delete(key);
    this.shots = this.shots.filter((s) => s.key !== key);
    this.#changed();
  }

  /** The bytes of a shot that are still here. */
  bytes(key: string): Promise<ArrayBuffer | undefined> {
    const loose = this.#loose.get(key);
    return loose ? Promise.resolve(loose) : this.#store.bytes(key);
  }

  /** Works until nothing is left to do or to wait for. One run at a time in this browser; failures are the shots'. */
  async run(): Promise<void> {
    if (this.#running) return this.#wake();
    this.#running = true;
    try {
      while (!this.#stopped) {
        const step = next(this.shots, this.#person, this.#world.now());
        if (!step) break;
        if ('do' in step) {
          if (!(await this.#try(step.do.key))) await this.#sleep(pause);
        } else {
          await this.#sleep(Math.min(longestSleep, step.until - this.#world.now()));
        }
      }
    } finally {
      this.#running = false;
    }
  }

  stop(): void {
    this.#stopped = true;
    this.#wake();
  }

  /** Whether the shot could be worked on; not while another page does, nor where the browser's store stumbles. */
  async #try(key: string): Promise<boolean> {
    try {
      return await this.#world.alone(() => this.#advance(key));
    } catch (err) {
      console.warn('the phone could not work on a shot', err);
      return false;
    }
  }

  async #advance(key: string): Promise<void> {
    // Another page of this browser may have brought it there meanwhile.
    const mine = this.#find(key);
    const stored = this.#loose.has(key) ? mine : await this.#store.get(key);
    if (!stored || !pending(stored)) {
      this.shots = stored ? this.shots.map((s) => (s.key === key ? stored : s)) : this.shots.filter((s) => s.key !== key);
      return this.#changed();
    }
    if (!mine) return;
    const bytes = await this.bytes(key).catch(() => undefined);
    if (!bytes || bytes.byteLength !== mine.size) return this.#happen(key, { type: 'unreadable' });
    if (mine.state === 'captured') {
      return this.#happen(key, { type: 'hashed', sha256: await this.#world.hash(bytes), spare: uuid7(this.#world.now()) });
    }
    await this.#happen(key, { type: 'sent' });
    const going = this.#find(key);
    if (going?.state !== 'sending') return;
    this.progress = { key, sent: 0, since: this.#world.now() };
    const answer = await this.#world.carry(going, bytes, (sent) => {
      if (this.progress) this.progress = { ...this.progress, sent };
      this.#changed();
    });
    this.progress = null;
    await this.#happen(key, { type: 'answered', answer });
  }

  async #happen(key: string, what: Happening): Promise<void> {
    const shot = this.#find(key);
    if (!shot) return;
    const then = this.#after(shot, what);
    if (then !== shot) await this.#write(then);
  }

  /** A store that refuses a note loses the note, not the picture: the bytes stay and are asked about again. */
  async #write(shot: Shot): Promise<void> {
    this.#set(shot);
    this.#changed();
    if (this.#loose.has(shot.key)) {
      if (!pending(shot)) this.#loose.delete(shot.key);
      return;
    }
    try {
      await (pending(shot) ? this.#store.put(shot) : this.#store.settle(shot));
    } catch (err) {
      console.warn('the phone did not keep the state of a shot', err);
    }
  }

  #after(shot: Shot, what: Happening): Shot {
    return after(shot, what, this.#world.now(), this.#world.chance());
  }

  #set(shot: Shot): void {
    this.shots = this.shots.map((s) => (s.key === shot.key ? shot : s));
  }

  #find(key: string): Shot | undefined {
    return this.shots.find((s) => s.key === key);
  }

  #sleep(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const cancel = this.#world.timer(() => this.#wake(), Math.max(0, ms));
      this.#wake = () => {
        cancel();
        this.#wake = () => {};
        resolve();
      };
    });
  }
}

/** What take fills in itself. */
type Carried =
  | 'key' | 'id' | 'captured_at' | 'size' | 'kept' | 'state' | 'sha256' | 'why' | 'said' | 'tries' | 'not_before' | 'taken_by' | 'receipt' | 'settled_at';

const browser: World = {
  now: () => Date.now(),
  chance: () => Math.random(),
  hash: sha256,
  carry: carryByXHR,
  async alone(work) {
    if (!('locks' in navigator)) {
      await work();
      return true;
    }
    return navigator.locks.request('guatu-outbox', { ifAvailable: true }, async (lock) => {
      if (!lock) return false;
      await work();
      return true;
    });
  },
  timer(run, ms) {
    const id = window.setTimeout(run, ms);
    return () => clearTimeout(id);
  },
};
