// The commander's board as plain data: what state a site is in, what a legend counts, what a filter leaves.
import type { BoardSite, LonLat, Stage, Unlocated } from '../api/types';
import { dayAfter, dayOf } from './time';

/**
 * How 每天必传 stands for one site on one day.
 * kept 已传 · waiting 未传: the day is not over, or there has never been a photo · late 断传: there were
 * photos, but none that day nor the day before, or the day is over · unknown 位置待定: nobody can say,
 * because there is no site.
 */
export type Today = 'kept' | 'waiting' | 'late' | 'unknown';
export const todays: readonly Today[] = ['late', 'waiting', 'unknown', 'kept'];

/** The life cycle in the five steps that a map can show in one hue. */
export type Step = 'plan' | 'sign' | 'start' | 'build' | 'run';
export const steps: readonly Step[] = ['plan', 'sign', 'start', 'build', 'run'];
export const stages: readonly Stage[] = [
  'idea', 'reserve', 'signed', 'landed', 'started', 'building', 'accepting', 'producing', 'reached',
];
const stepOf: Record<Stage, Step> = {
  idea: 'plan', reserve: 'plan', signed: 'sign', landed: 'sign', started: 'start', building: 'build',
  accepting: 'build', producing: 'run', reached: 'run',
};

export type ColourBy = 'today' | 'stage';

/** One line of the board: a site, or a project that has none yet (site is null). */
export interface Entry {
  /** `s12` for a site, `p7` for a project without one. */
  key: string;
  site: number | null;
  project: number;
  name: string;
  /** The project's name where it differs from the site's. */
  project_name: string;
  county: string;
  stage: Stage;
  step: Step;
  today: Today;
  batches: string[];
  industry: string;
  invest_wan: number | null;
  area_m2: number | null;
  at: LonLat | null;
  schematic: boolean;
  photos: number;
  last: string | null;
}

export interface Filter {
  q: string;
  today: Today[];
  step: Step[];
  county: string[];
  batch: string;
}

export const noFilter: Filter = { q: '', today: [], step: [], county: [], batch: '' };

export interface Facets {
  today: Record<Today, number>;
  step: Record<Step, number>;
  county: Map<string, number>;
  batch: Map<string, number>;
}

/** How the day stands for a site at now; day is YYYY-MM-DD. */
export function judgeToday(site: { photos_today: number; last_photo_at: string | null }, day: string, now: number): Today {
  if (site.photos_today > 0) return 'kept';
  if (site.last_photo_at === null) return 'waiting';
  return day < dayOf(now) || dayOf(site.last_photo_at) < dayAfter(day, -1) ? 'late' : 'waiting';
}

export function entryOfSite(s: BoardSite, day: string, now: number): Entry {
  return {
    key: 's' + s.id, site: s.id, project: s.project_id, name: s.name, project_name: s.project === s.name ? '' : s.project,
    county: s.county, stage: s.stage, step: stepOf[s.stage], today: judgeToday(s, day, now), batches: s.batches,
    industry: s.industry, invest_wan: s.invest_wan, area_m2: s.area_m2, at: s.at, schematic: s.schematic,
    photos: s.photos_today, last: s.last_photo_at,
  };
}

/** A project without a site; at is where its marker is put, which is not where the project is. */
export function entryOfUnlocated(u: Unlocated, at: LonLat | null): Entry {
  return {
    key: 'p' + u.project_id, site: null, project: u.project_id, name: u.name, project_name: '',
    county: u.area.code, stage: u.stage, step: stepOf[u.stage], today: 'unknown', batches: [],
    industry: '', invest_wan: u.invest_wan, area_m2: null, at, schematic: false, photos: 0, last: null,
  };
}

/**
 * The entries that pass the filter, and for every facet what a click on each of its values would leave:
 * an entry counts for a facet when it passes all the other filters.
 */
export function sift(entries: readonly Entry[], filter: Filter): { shown: Entry[]; facets: Facets } {
  const terms = filter.q.toLowerCase().split(/\s+/).filter(Boolean);
  const facets: Facets = {
    today: { kept: 0, waiting: 0, late: 0, unknown: 0 },
    step: { plan: 0, sign: 0, start: 0, build: 0, run: 0 },
    county: new Map(),
    batch: new Map(),
  };
  const shown: Entry[] = [];
  for (const e of entries) {
    if (terms.length > 0 && !matches(e, terms)) continue;
    const today = filter.today.length === 0 || filter.today.includes(e.today);
    const step = filter.step.length === 0 || filter.step.includes(e.step);
    const county = filter.county.length === 0 || filter.county.includes(e.county);
    const batch = filter.batch === '' || e.batches.includes(filter.batch);
    if (step && county && batch) facets.today[e.today]++;
    if (today && county && batch) facets.step[e.step]++;
    if (today && step && batch) facets.county.set(e.county, (facets.county.get(e.county) ?? 0) + 1);
    if (today && step && county) for (const b of e.batches) facets.batch.set(b, (facets.batch.get(b) ?? 0) + 1);
    if (today && step && county && batch) shown.push(e);
  }
  return { shown, facets };
}

export type Order = 'attention' | 'invest' | 'recent' | 'name';
export const orders: readonly Order[] = ['attention', 'invest', 'recent', 'name'];

/** A new array in the order asked for. Projects without a site always close the list: they are a group of their own. */
export function sorted(entries: readonly Entry[], order: Order): Entry[] {
  const rank: Record<Today, number> = { late: 0, waiting: 1, kept: 2, unknown: 3 };
  const by: Record<Order, (a: Entry, b: Entry) => number> = {
    attention: (a, b) => rank[a.today] - rank[b.today] || invest(b) - invest(a),
    invest: (a, b) => invest(b) - invest(a),
    recent: (a, b) => cmp(b.last ?? '', a.last ?? ''),
    name: (a, b) => a.name.localeCompare(b.name, 'zh-CN', { numeric: true }),
  };
  return [...entries].sort((a, b) => +(a.site === null) - +(b.site === null) || by[order](a, b) || a.project - b.project || cmp(a.key, b.key));
}

/** How many of the sites have today's photo; projects without a site are in neither number. */
export function coverage(entries: readonly Entry[]): { kept: number; sites: number; photos: number; last: Entry | null } {
  let kept = 0;
  let sites = 0;
  let photos = 0;
  let last: Entry | null = null;
  for (const e of entries) {
    if (e.site === null) continue;
    sites++;
    photos += e.photos;
    if (e.today === 'kept') kept++;
    if (e.last !== null && (last === null || e.last > (last.last ?? ''))) last = e;
  }
  return { kept, sites, photos, last };
}

/** list with value taken out, or put in where it was not. */
export function toggled<T>(list: readonly T[], value: T): T[] {
  return list.includes(value) ? list.filter((v) => v !== value) : [...list, value];
}

function matches(e: Entry, terms: string[]): boolean {
  const text = `${e.name}\n${e.project_name}\n${e.industry}`.toLowerCase();
  return terms.every((term) => text.includes(term));
}

function invest(e: Entry): number {
  return e.invest_wan ?? -1;
}

function cmp(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
