// The map page's state: what was loaded, what the address asks for, what follows from both.
import * as calls from '../api/calls';
import { session } from '../api/send';
import type { Area, Board, LiveEvent, LonLat, MapFacts } from '../api/types';
import { coverage, entryOfSite, entryOfUnlocated, sift, sorted, type Entry, type Filter } from '../lib/board';
import { place } from '../lib/placing';
import { go, route } from '../lib/route.svelte';
import { listen, real } from '../lib/stream';
import { dayOf, untilMidnight } from '../lib/time';
import { readView, writeView, type View } from '../lib/view';
import { clockwork } from '../ui/clockwork.svelte';
import { Loaded } from '../ui/loaded.svelte';
import { apply } from './live';

export interface Ground { facts: MapFacts; areas: Area[] }

/** Told where a picture has just arrived, and when the tiles of the sites are out of date. */
export interface Watcher {
  arrived(at: LonLat): void;
  sitesChanged(version: string): void;
  event(e: LiveEvent): void;
}

/** How long changes are gathered before the board is asked for again, ms. */
const gather = 700;

export class Commander {
  ground = new Loaded<Ground>(async (signal) => {
    const [facts, areas] = await Promise.all([calls.mapFacts(signal), calls.areas(signal)]);
    return { facts, areas: areas.items };
  });
  board: Loaded<Board>;
  live = $state<'live' | 'waiting' | 'off'>('off');
  /** The whole address. Whoever needs one part of it reads that part below: it changes only when the part does. */
  view: View = $derived(readView(route.search));
  by = $derived(this.view.by);
  order = $derived(this.view.order);
  site = $derived(this.view.site);
  project = $derived(this.view.project);
  #filterText = $derived(JSON.stringify(this.view.filter));
  filter = $derived(JSON.parse(this.#filterText) as Filter);
  #asked = $derived(this.view.day);
  #today = $derived(dayOf(clockwork.now));
  /** The day that is shown, YYYY-MM-DD. */
  day: string = $derived(this.#asked || this.#today);

  names = $derived(new Map(this.ground.data?.areas.map((a) => [a.code, a.name])));
  #placed = $derived.by(() => {
    const anchors = new Map<string, LonLat>();
    for (const a of this.ground.data?.areas ?? []) if (a.at) anchors.set(a.code, a.at);
    const [w, s, e, n] = this.ground.data?.facts.bounds ?? [0, 0, 0, 0];
    return place(this.board.data?.unlocated ?? [], anchors, [(w + e) / 2, (s + n) / 2]);
  });
  entries: Entry[] = $derived.by(() => {
    const board = this.board.data;
    if (!board) return [];
    // The clock only matters from day to day: entries are not rebuilt every 20 s for it.
    const now = Date.parse(this.#today + 'T12:00:00+08:00');
    return [
      ...board.sites.map((s) => entryOfSite(s, board.date, now)),
      ...board.unlocated.map((u) => entryOfUnlocated(u, this.#placed.at.get(u.project_id) ?? null)),
    ];
  });
  #sifted = $derived(sift(this.entries, this.filter));
  facets = $derived(this.#sifted.facets);
  shown: Entry[] = $derived(sorted(this.#sifted.shown, this.order));
  groups = $derived.by(() => {
    const left = new Map<string, number>();
    for (const e of this.shown) if (e.site === null) left.set(e.county, (left.get(e.county) ?? 0) + 1);
    return this.#placed.groups.filter((g) => left.has(g.county)).map((g) => ({ ...g, count: left.get(g.county) ?? 0 }));
  });
  coverage = $derived(coverage(this.entries));
  chosen: Entry | null = $derived(
    this.entries.find((e) =>
      this.site !== null ? e.site === this.site : this.project !== null && e.site === null && e.project === this.project,
    ) ?? null,
  );

  #watcher: Watcher;
  #gathering: ReturnType<typeof setTimeout> | undefined;
  #heard: LiveEvent[] = [];
  #telling: ReturnType<typeof setTimeout> | undefined;

  constructor(watcher: Watcher) {
    this.#watcher = watcher;
    this.board = new Loaded<Board>((signal) => calls.board(this.#asked, signal));
  }

  /** Loads, listens, and turns the day at midnight, until the answer is called. */
  start(): () => void {
    const stop = new AbortController();
    void this.ground.load();
    void listen(
      '/api/v1/stream',
      {
        message: (m) => this.#hear(m.event, m.id, m.data),
        state: (now) => {
          this.live = now;
          if (now === 'live') this.#mend();
        },
        gap: () => this.#refetch(),
      },
      stop.signal,
      {
        ...real,
        fetch: async (url, init) => {
          const res = await fetch(url, init);
          if (res.status === 401) session.ended();
          return res;
        },
      },
    );
    // Where no stream can be had, the board is asked for now and then all the same.
    const fallback = setInterval(() => {
      if (this.live !== 'live' && !document.hidden) void this.board.load();
    }, 15_000);
    let midnight: ReturnType<typeof setTimeout>;
    const turn = () => {
      midnight = setTimeout(() => {
        void this.board.load();
        turn();
      }, untilMidnight(Date.now()) + 500);
    };
    turn();
    return () => {
      stop.abort();
      clearInterval(fallback);
      clearTimeout(midnight);
      clearTimeout(this.#gathering);
      clearTimeout(this.#telling);
      this.board.stop();
      this.ground.stop();
    };
  }

  /** Changes the view, and with it the address. A choice is a step in the history, a movement of the map is not. */
  set(change: Partial<View>, { step = false } = {}): void {
    go(location.pathname + writeView({ ...this.view, ...change }, location.search), { replace: !step });
  }

  narrow(change: Partial<Filter>): void {
    this.set({ filter: { ...this.filter, ...change } });
  }

  choose(e: Entry | null): void {
    const same = e === null ? this.site === null && this.project === null : e.key === this.chosen?.key;
    if (!same) this.set({ site: e?.site ?? null, project: e && e.site === null ? e.project : null }, { step: true });
  }

  byKey(key: string): Entry | null {
    return this.entries.find((e) => e.key === key) ?? null;
  }

  #hear(verb: string, id: string, text: string) {
    const event = read(verb, id, text);
    if (!event) return;
    this.#watcher.event(event);
    this.#heard.push(event);
    // In a large city the morning's photos come in handfuls: each handful is drawn once.
    const many = (this.board.data?.sites.length ?? 0) > 1000;
    this.#telling ??= setTimeout(() => this.#tell(), many ? 500 : 0);
  }

  #tell() {
    this.#telling = undefined;
    let board = this.board.data;
    const events = this.#heard;
    this.#heard = [];
    if (!board) return;
    const arrived = new Map<number, LonLat>();
    for (const event of events) {
      const effect = apply(board, event);
      if (effect.kind === 'refetch') this.#refetch();
      if (effect.kind !== 'board') continue;
      board = effect.board;
      if (effect.site) arrived.set(effect.site.id, effect.site.at);
    }
    if (board !== this.board.data) this.board.data = board;
    for (const at of arrived.values()) this.#watcher.arrived(at);
  }

  /** The server is back: what failed while it was away is asked for again. */
  #mend() {
    if (this.board.error) void this.board.load();
    if (this.ground.error) void this.ground.load();
  }

  #refetch() {
    clearTimeout(this.#gathering);
    this.#gathering = setTimeout(async () => {
      const was = this.board.data?.version;
      await this.board.load();
      const now = this.board.data?.version;
      if (now !== undefined && now !== was) this.#watcher.sitesChanged(now);
    }, gather);
  }
}

function read(verb: string, id: string, text: string): LiveEvent | null {
  try {
    const said = JSON.parse(text) as Partial<LiveEvent>;
    return {
      id: said.id ?? id, verb: said.verb?.includes('.') ? said.verb : verb, at: said.at ?? '', county: said.county ?? null,
      project_id: said.project_id ?? null, site_id: said.site_id ?? null, subject: said.subject ?? '', data: said.data ?? {},
    };
  } catch {
    return null;
  }
}
