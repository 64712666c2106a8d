// Which of my sites am I standing at? Distances and the choice, and how sure it is.
import type { LonLat } from '../api/types';

/** Where the phone says it is. */
export interface Fix {
  at: LonLat;
  /** Radius in metres within which the phone believes itself to be. */
  accuracy_m: number;
  /** When it was measured, ms since 1970. */
  time: number;
}

/** A site as far as choosing needs it. */
export interface Placed {
  id: number;
  at: LonLat;
  area_m2: number;
}

/**
 * How the chosen site came to be chosen, from sure to unsure:
 * picked by a person · near · far (nearest, but the phone stands well away from it) ·
 * vague (the fix is too coarse to tell this site from another) · only (no fix, one site) ·
 * last (no fix: the site of the last shot) · none.
 */
export type Choice = 'picked' | 'near' | 'far' | 'vague' | 'only' | 'last' | 'none';

export interface Chosen<S> {
  site: S | null;
  how: Choice;
  /** Metres from the fix to the middle of the site; null without a fix. */
  away_m: number | null;
}

/** A fix older than this says nothing about where the phone is now, ms. */
export const staleAfter = 3 * 60_000;
/** A circle wider than this is a cell tower's, not a satellite's, m. */
const coarse = 500;
/** Beyond the site's own radius and the fix's, this far is still “at” it, m. */
const nearby = 300;
const earth = 6_371_008.8;

/** Metres along the sphere; within 0.6 % of the ellipsoid, which is enough to choose by. */
export function distance([lon1, lat1]: LonLat, [lon2, lat2]: LonLat): number {
  const rad = Math.PI / 180;
  const h =
    Math.sin(((lat2 - lat1) * rad) / 2) ** 2 +
    Math.cos(lat1 * rad) * Math.cos(lat2 * rad) * Math.sin(((lon2 - lon1) * rad) / 2) ** 2;
  return 2 * earth * Math.asin(Math.min(1, Math.sqrt(h)));
}

/** A fix that can be believed at now, or null: 0,0 and old fixes are no position. */
export function believed(fix: Fix | null, now: number): Fix | null {
  if (!fix || (fix.at[0] === 0 && fix.at[1] === 0)) return null;
  return now - fix.time > staleAfter ? null : fix;
}

/** The sites with their distance, nearest first; in the order given where there is no fix. */
export function byDistance<S extends Placed>(sites: readonly S[], fix: Fix | null): { site: S; away_m: number | null }[] {
  if (!fix) return sites.map((site) => ({ site, away_m: null }));
  return sites
    .map((site) => ({ site, away_m: distance(fix.at, site.at) }))
    .sort((a, b) => edge(a) - edge(b) || a.away_m - b.away_m || a.site.id - b.site.id);
}

/** Chooses the site that a photo taken now belongs to. What a person picked always wins. */
export function choose<S extends Placed>(
  sites: readonly S[],
  fix: Fix | null,
  picked: number | null,
  last: number | null,
): Chosen<S> {
  const order = byDistance(sites, fix);
  const find = (id: number | null) => order.find(({ site }) => site.id === id);
  const byHand = find(picked);
  if (byHand) return { ...byHand, how: 'picked' };
  const [first, second] = order;
  if (!first) return { site: null, how: 'none', away_m: null };
  if (!fix || first.away_m === null) {
    if (!second) return { ...first, how: 'only' };
    const before = find(last);
    return before ? { ...before, how: 'last' } : { site: null, how: 'none', away_m: null };
  }
  const { site, away_m } = first;
  const rival = second && second.away_m !== null ? edge({ site: second.site, away_m: second.away_m }) : Infinity;
  const own = edge({ site, away_m });
  if (own > nearby + fix.accuracy_m) return { site, how: 'far', away_m };
  return { site, how: fix.accuracy_m > coarse && rival - own < 2 * fix.accuracy_m ? 'vague' : 'near', away_m };
}

/** A site chosen by hand: where the phone was then, and when, ms. */
export interface Pick {
  site: number | null;
  fix: Fix | null;
  time: number;
}

/** A pick holds for two hours, and only while the phone stays about where it was made: the next site is another choice. */
export function stillPicked(pick: Pick | null, fix: Fix | null, now: number): boolean {
  if (!pick || now - pick.time > 2 * 3600_000) return false;
  return !pick.fix || !fix || distance(pick.fix.at, fix.at) <= coarse + pick.fix.accuracy_m + fix.accuracy_m;
}

/** Metres from the fix to a circle of the site's area: a large site is reached at its gate, not in its middle. */
function edge({ site, away_m }: { site: Placed; away_m: number }): number {
  return Math.max(0, away_m - Math.sqrt(site.area_m2 / Math.PI));
}
