// Boundaries as paths on a square of paper.
import type { Boundary, LonLat } from '../api/types';

/** Paths of the boundaries in one common square of size pixels, north up, a degree of longitude as long as it is there. */
export function draw(boundaries: readonly Boundary[], size: number, mark: LonLat | null = null): { paths: string[]; mark: [number, number] | null } {
  const polygons = boundaries.map((b) => (b.type === 'Polygon' ? [b.coordinates] : b.coordinates));
  const all = [...polygons.flat(3), ...(mark ? [mark] : [])].filter(finite);
  if (all.length === 0) return { paths: boundaries.map(() => ''), mark: null };
  let [west, south, east, north] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const [x, y] of all) {
    [west, east] = [Math.min(west, x), Math.max(east, x)];
    [south, north] = [Math.min(south, y), Math.max(north, y)];
  }
  const squeeze = Math.cos((((south + north) / 2) * Math.PI) / 180);
  const scale = (size * 0.88) / Math.max((east - west) * squeeze, north - south, 1e-9);
  const put = ([x, y]: [number, number]): [number, number] => [
    round(size / 2 + (x - (west + east) / 2) * squeeze * scale),
    round(size / 2 - (y - (south + north) / 2) * scale),
  ];
  return {
    paths: polygons.map((of) => of.flat().map((ring) => `M${ring.filter(finite).map((c) => put(c).join(' ')).join('L')}Z`).join('')),
    mark: mark ? put(mark) : null,
  };
}

function finite(c: number[]): c is [number, number] {
  return c.length >= 2 && Number.isFinite(c[0]) && Number.isFinite(c[1]);
}

function round(n: number): number {
  return Math.round(n * 10) / 10;
}
