// Where the marker of a project without a site is put: beside its county, in a group that says what it is.
import type { LonLat, Unlocated } from '../api/types';

export interface Group {
  county: string;
  name: string;
  /** Where the group's caption stands. */
  at: LonLat;
  /** Half the group's width, metres. */
  radius_m: number;
  /** A ring round the group, for its dashed outline. */
  ring: LonLat[];
  count: number;
}

const golden = Math.PI * (3 - Math.sqrt(5));
/** Metres between neighbours, and the widest that a group may grow. */
const apart = 700;
const widest = 5000;
const metresPerDegree = 111_320;

/**
 * Gives each project a place in a sunflower round its county's anchor, the largest investment in the middle.
 * The same projects always get the same places; counties without an anchor share one at `fallback`.
 */
export function place(
  projects: readonly Unlocated[],
  anchors: ReadonlyMap<string, LonLat>,
  fallback: LonLat,
): { at: Map<number, LonLat>; groups: Group[] } {
  const byCounty = new Map<string, Unlocated[]>();
  for (const p of projects) {
    const of = byCounty.get(p.area.code);
    if (of) of.push(p);
    else byCounty.set(p.area.code, [p]);
  }
  const at = new Map<number, LonLat>();
  const groups: Group[] = [];
  for (const [county, of] of [...byCounty].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const anchor = anchors.get(county) ?? fallback;
    const step = Math.min(apart, widest / Math.sqrt(of.length));
    [...of]
      .sort((a, b) => (b.invest_wan ?? 0) - (a.invest_wan ?? 0) || a.project_id - b.project_id)
      .forEach((p, i) => at.set(p.project_id, offset(anchor, step * Math.sqrt(i), i * golden)));
    const radius_m = step * Math.sqrt(of.length) + apart;
    groups.push({
      county, name: of[0]?.area.name ?? '', at: anchor, radius_m, count: of.length,
      ring: Array.from({ length: 49 }, (_, i) => offset(anchor, radius_m, (i % 48) * (Math.PI / 24))),
    });
  }
  return { at, groups };
}

function offset([lon, lat]: LonLat, metres: number, angle: number): LonLat {
  return [
    lon + (metres * Math.cos(angle)) / (metresPerDegree * Math.cos((lat * Math.PI) / 180)),
    lat + (metres * Math.sin(angle)) / metresPerDegree,
  ];
}
