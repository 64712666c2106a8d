// The phone page's state: who, which sites, what is on its way. One object, made when the page opens.
import { loggedIn } from '../account/me.svelte';
import * as calls from '../api/calls';
import { offline, Problem } from '../api/send';
import type { BoardSite, Me, Photo } from '../api/types';
import { dayOf } from '../lib/time';
import { believed, byDistance, choose, stillPicked, type Chosen, type Pick } from './ground';
import { Outbox, type Progress } from './outbox';
import { seen, thumbnail } from './picture';
import { Position } from './position.svelte';
import { pending, type Shot } from './shot';
import { noStore, openStore, persist, type Store } from './store';

/** Whether the server answers: server is “there is a network, but it does not answer”. */
export type Link = 'asking' | 'ok' | 'offline' | 'server' | 'signed_out';

/** How one site stands today, with what is still on this phone. */
export interface Card {
  site: BoardSite;
  away_m: number | null;
  /** Photos of today that the server has; null where only yesterday's count is known. */
  today: number | null;
  last: string | null;
  waiting: number;
  refused: number;
}

/** Between two questions to a server that did not answer, ms. */
const patience = 8_000;
const restful = 5 * 60_000;
/** How long a shot stays in the queue after its receipt, so that it is seen where it went, ms. */
const farewell = 8_000;

export class Phone {
  me = $state.raw<Me | null>(null);
  link = $state<Link>('asking');
  sites = $state.raw<readonly BoardSite[]>([]);
  /** The day that the sites' counts belong to, and when they were asked. */
  day = $state('');
  asked = $state(0);
  receipts = $state.raw<readonly Photo[]>([]);
  shots = $state.raw<readonly Shot[]>([]);
  progress = $state.raw<Progress | null>(null);
  /** Read from the store; before that the page says nothing. */
  opened = $state(false);
  /** Whether the browser promised to keep the store. */
  kept = $state(true);
  now = $state(Date.now());
  pick = $state.raw<Pick | null>(null);
  /** A file that could not even be read. */
  unread = $state(0);
  position = new Position();

  #last = $state<number | null>(null);
  #farewells = $state.raw<ReadonlyMap<string, number>>(new Map());
  #store: Store = noStore;
  #outbox: Outbox | null = null;
  #asking = false;
  #stop: (() => void)[] = [];

  fix = $derived(believed(this.position.fix, this.now));
  picked = $derived(stillPicked(this.pick, this.fix, this.now) ? this.pick : null);
  chosen: Chosen<BoardSite> = $derived(
    this.picked && this.picked.site === null
      ? { site: null, how: 'picked', away_m: null }
      : choose(this.sites, this.fix, this.picked?.site ?? null, this.#last),
  );
  today = $derived(dayOf(this.now));
  waiting = $derived(this.shots.filter((s) => pending(s) && s.person === this.me?.id));
  refused = $derived(this.waiting.filter((s) => s.state === 'refused'));
  /** Shots of people who used this phone before: by name, how many. */
  others = $derived(count(this.shots.filter((s) => pending(s) && s.person !== this.me?.id)));
  loose = $derived(this.waiting.filter((s) => !s.kept));
  queue = $derived([...this.waiting, ...this.shots.filter((s) => this.#farewells.has(s.key))].sort((a, b) => b.captured_at - a.captured_at));
  cards = $derived(byDistance(this.sites, this.fix).map(({ site, away_m }) => this.#card(site, away_m)));
  proofs = $derived(this.#proofs());

  /** Opens the store, shows what is known, then asks the server. */
  async open(): Promise<void> {
    this.#store = await openStore().catch(() => noStore);
    this.#outbox = new Outbox(this.#store, this.#read);
    const known = await this.#store.known().catch(() => undefined);
    if (known) {
      this.me = known.me;
      this.sites = known.sites;
      this.day = known.day;
      this.asked = known.asked_at;
      this.#last = known.last_site;
    }
    await this.#outbox.open();
    this.opened = true;
    this.position.start();
    this.#listen();
    void this.refresh();
    void persist().then((kept) => (this.kept = kept && this.#store !== noStore));
  }

  close(): void {
    for (const stop of this.#stop) stop();
    this.position.stop();
    this.#outbox?.stop();
  }

  /** Asks who is here and how the sites stand. Only a person the server names gets pictures sent. */
  refresh = async (): Promise<void> => {
    if (this.#asking) return;
    this.#asking = true;
    const before = this.link;
    try {
      const [me, board] = await Promise.all([calls.me(), calls.board('')]);
      loggedIn(me);
      this.me = me;
      this.sites = board.sites;
      this.day = board.date;
      this.asked = Date.now();
      this.link = 'ok';
      this.#outbox?.login(me.id);
      if (before !== 'ok') this.#outbox?.nudge('network');
      await this.#remember();
      this.receipts = (await calls.photos({ mine: true, day: board.date, limit: 100 })).items;
    } catch (err) {
      this.link = linkOf(err, this.link);
      if (this.link === 'signed_out') this.#outbox?.login(null);
    } finally {
      this.#asking = false;
    }
  };

  /** Takes pictures for the chosen site: into the store first, then on their way. */
  async take(files: Iterable<File>, asked: Shot['source']): Promise<void> {
    const { me } = this;
    if (!me || !this.#outbox) return;
    this.unread = 0;
    const site = this.chosen.site && { id: this.chosen.site.id, name: this.chosen.site.name };
    for (const file of files) {
      let bytes: ArrayBuffer;
      try {
        bytes = await file.arrayBuffer();
      } catch {
        this.unread++;
        continue;
      }
      const shot = await this.#outbox.take(
        { ...seen(file, asked, this.position.fix, Date.now()), person: me.id, person_name: me.name, site, type: file.type, thumb: null },
        bytes,
      );
      void thumbnail(bytes, file.type).then((thumb) => (thumb ? this.#outbox?.dress(shot.key, thumb) : undefined));
    }
    if (site) {
      this.#last = site.id;
      await this.#remember();
    }
  }

  choose(site: number | null | 'auto'): void {
    this.pick = site === 'auto' ? null : { site, fix: this.fix, time: Date.now() };
  }

  again = (key: string): void => void this.#outbox?.again(key);
  drop = (key: string): void => void this.#outbox?.drop(key);
  move = (key: string, site: BoardSite | null): void =>
    void this.#outbox?.move(key, site && { id: site.id, name: site.name });

  /** A person wants it now. */
  hurry = (): void => {
    this.#outbox?.nudge('hand');
    void this.refresh();
  };

  /** Ends the session. The pictures stay, the sites are forgotten: the phone may go into other hands. */
  async logOut(): Promise<void> {
    await calls.logout();
    this.#outbox?.login(null);
    await this.#store.know(null).catch(() => {});
  }

  #read = (): void => {
    const box = this.#outbox;
    if (!box) return;
    const settled = box.shots.filter((s) => !pending(s) && this.shots.some((was) => was.key === s.key && pending(was)));
    const lost = box.shots.some((s) => s.why === 'offline' || s.why === 'unreached' || s.why === 'stalled');
    this.shots = box.shots;
    this.progress = box.progress;
    if (settled.length > 0) {
      const until = Date.now() + farewell;
      this.#farewells = new Map([...this.#farewells, ...settled.map((s) => [s.key, until] as const)]);
      void this.refresh();
    } else if (this.link === 'ok' && box.shots.some((s) => s.why === 'signed_out' && s.person === this.me?.id)) {
      this.link = 'signed_out';
      box.login(null);
    } else if (lost && this.link === 'ok') {
      void this.refresh();
    }
  };

  #listen(): void {
    const on = (target: EventTarget, event: string, act: () => void) => {
      target.addEventListener(event, act);
      this.#stop.push(() => target.removeEventListener(event, act));
    };
    const back = () => {
      if (document.visibilityState !== 'visible') return;
      this.position.start();
      this.#outbox?.nudge('network');
      void this.refresh();
    };
    on(window, 'online', back);
    on(window, 'focus', back);
    on(document, 'visibilitychange', back);
    on(window, 'offline', () => (this.link = 'offline'));
    const tick = setInterval(this.#tick, 1000);
    this.#stop.push(() => clearInterval(tick));
    navigator.permissions?.query({ name: 'geolocation' }).then(
      (permission) => on(permission, 'change', () => this.position.start()),
      () => {},
    );
  }

  #tick = (): void => {
    if (document.visibilityState !== 'visible') return;
    const now = Date.now();
    // Seconds matter only where something counts; else the page is left in peace.
    if (this.queue.length > 0 || now - this.now > 10_000) this.now = now;
    if ([...this.#farewells.values()].some((until) => until <= now)) {
      this.#farewells = new Map([...this.#farewells].filter(([, until]) => until > now));
    }
    const unheard = this.link === 'offline' || this.link === 'server';
    if (now - this.#heard > (unheard ? patience : restful) && this.link !== 'signed_out') {
      this.#heard = now;
      void this.refresh();
    }
  };
  #heard = Date.now();

  #card(site: BoardSite, away_m: number | null): Card {
    const mine = this.shots.filter((s) => s.site?.id === site.id);
    const open = mine.filter(pending);
    const current = this.day === this.today;
    // A receipt counts at once, also where the server has not been asked again since.
    const fresh = mine.filter((s) => s.receipt && (s.settled_at ?? 0) > this.asked && dayOf(s.receipt.received_at) === this.today);
    return {
      site, away_m,
      today: current ? site.photos_today + fresh.length : fresh.length || null,
      last: fresh.at(-1)?.receipt?.received_at ?? site.last_photo_at,
      waiting: open.filter((s) => s.state !== 'refused').length,
      refused: open.filter((s) => s.state === 'refused').length,
    };
  }

  /** Today's receipts: the server's list, and what this phone was given since. Newest first. */
  #proofs(): Proof[] {
    const local = this.shots.filter(
      (s) => s.receipt && s.person === this.me?.id && dayOf(s.receipt.received_at) === this.today,
    );
    const byId = new Map<string, Proof>();
    for (const shot of local) if (shot.receipt) byId.set(shot.receipt.id, { ...proofOf(shot.receipt), shot, site: shot.site?.name ?? null });
    if (this.day === this.today) {
      for (const photo of this.receipts) {
        const mine = byId.get(photo.id);
        byId.set(photo.id, {
          id: photo.id, sha256: photo.sha256, size: photo.size, received_at: photo.received_at, taken_at: photo.taken_at,
          signature: mine?.signature ?? '', key_id: mine?.key_id ?? '', shot: mine?.shot ?? null, photo,
          site: this.sites.find((s) => s.id === photo.site_id)?.name ?? mine?.site ?? null,
        });
      }
    }
    return [...byId.values()].sort((a, b) => (a.received_at < b.received_at ? 1 : -1));
  }

  async #remember(): Promise<void> {
    if (!this.me) return;
    await this.#store
      .know({ me: this.me, sites: [...this.sites], day: this.day, asked_at: this.asked, last_site: this.#last })
      .catch(() => {});
  }
}

/** One line of today's receipts. */
export interface Proof {
  id: string;
  sha256: string;
  size: number;
  received_at: string;
  taken_at: string | null;
  signature: string;
  key_id: string;
  site: string | null;
  /** The shot that it is for, where it was taken with this phone. */
  shot: Shot | null;
  photo: Photo | null;
}

function proofOf(receipt: NonNullable<Shot['receipt']>): Omit<Proof, 'site' | 'shot'> {
  const { id, sha256, size, received_at, signature, key_id } = receipt;
  return { id, sha256, size, received_at, signature, key_id, taken_at: receipt.photo?.taken_at ?? null, photo: null };
}

function linkOf(err: unknown, was: Link): Link {
  if (!(err instanceof Problem)) return was === 'asking' ? 'server' : was;
  if (err.status === 401) return 'signed_out';
  if (err.code === offline) return navigator.onLine ? 'server' : 'offline';
  return err.status >= 500 || err.status === 429 ? 'server' : was === 'asking' ? 'server' : was;
}

function count(shots: readonly Shot[]): { name: string; n: number }[] {
  const by = new Map<string, number>();
  for (const { person_name } of shots) by.set(person_name, (by.get(person_name) ?? 0) + 1);
  return [...by].map(([name, n]) => ({ name, n }));
}
