import { describe, expect, test } from 'vitest';
import type { LonLat } from '../api/types';
import { believed, byDistance, choose, distance, staleAfter, stillPicked, type Fix } from './ground';

const now = Date.parse('2026-11-21T14:05:00+08:00');
const fix = (at: LonLat, accuracy_m = 15, age = 0): Fix => ({ at, accuracy_m, time: now - age });
const site = (id: number, lon: number, lat: number, area_m2 = 0) => ({ id, at: [lon, lat] as LonLat, area_m2 });

test.each<[string, LonLat, LonLat, number, number]>([
  ['the same place', [114.02, 33.58], [114.02, 33.58], 0, 0],
  // Geodesics of GRS80 by GeographicLib.
  ['a degree of longitude at Luohe', [114, 33.58], [115, 33.58], 92_850.5, 0.006],
  ['a degree of latitude at Luohe', [114, 33], [114, 34], 110_913.5, 0.006],
  ['across the date line', [179.9995, 0], [-179.9995, 0], 111.3, 0.006],
])('distance: %s', (_, a, b, want, off) => {
  expect(Math.abs(distance(a, b) - want)).toBeLessThanOrEqual(want * off);
  expect(distance(b, a)).toBe(distance(a, b));
});

describe('what position is believed', () => {
  test.each<[string, Fix | null, boolean]>([
    ['a fresh one', fix([114, 33]), true],
    ['0,0 is a phone without a position', fix([0, 0]), false],
    ['one that is too old', fix([114, 33], 15, staleAfter + 1), false],
    ['none', null, false],
  ])('%s', (_, f, want) => {
    expect(believed(f, now) !== null).toBe(want);
  });
});

describe('the site that a photo goes to', () => {
  // 0.001° of latitude is 111 m.
  const [a, b, c] = [site(1, 114, 33), site(2, 114, 33.01), site(3, 114, 33.1)];
  const all = [a, b, c];
  test.each<[string, typeof all, Fix | null, number | null, number | null, number | null, string]>([
    ['the nearest', all, fix([114, 33.0095]), null, null, 2, 'near'],
    ['what a person picked wins over the nearest', all, fix([114, 33.0095]), 3, null, 3, 'picked'],
    ['a pick that is no site of mine any more does not count', all, fix([114, 33.0095]), 9, null, 2, 'near'],
    ['the nearest, far away, is said to be far', all, fix([114, 32.95]), null, null, 1, 'far'],
    ['far away is far, however coarse the fix', all, fix([114, 32.5], 900), null, null, 1, 'far'],
    ['a coarse fix cannot tell neighbours apart', all, fix([114, 33.004], 900), null, null, 1, 'vague'],
    ['a coarse fix is good enough where the next site is far', [a, c], fix([114, 33.004], 900), null, null, 1, 'near'],
    ['a coarse fix and one site', [a], fix([114, 33.004], 900), null, null, 1, 'near'],
    ['no fix, one site', [a], null, null, null, 1, 'only'],
    ['no fix, the site of the last shot', all, null, null, 3, 3, 'last'],
    ['no fix, no last shot: ask', all, null, null, null, null, 'none'],
    ['no fix, the last site is gone: ask', all, null, null, 8, null, 'none'],
    ['no sites', [], fix([114, 33]), null, null, null, 'none'],
  ])('%s', (_, sites, f, picked, last, want, how) => {
    const got = choose(sites, f, picked, last);
    expect([got.site?.id ?? null, got.how]).toEqual([want, how]);
  });

  test('a large site is reached at its edge: its middle may be further than that of a small neighbour', () => {
    const park = site(1, 114, 33.01, Math.PI * 1000 ** 2); // radius 1 km, middle 1.1 km away
    const plot = site(2, 114, 32.995, Math.PI * 50 ** 2); // radius 50 m, middle 0.55 km away
    expect(choose([plot, park], fix([114, 33]), null, null).site?.id).toBe(1);
  });

  test('standing 800 m from the middle of a 1 km site is not far', () => {
    expect(choose([site(1, 114, 33.0072, Math.PI * 1000 ** 2)], fix([114, 33]), null, null).how).toBe('near');
  });

  test('without a fix the order given stays', () => {
    expect(byDistance([c, a, b], null).map(({ site }) => site.id)).toEqual([3, 1, 2]);
    expect(byDistance([c, a, b], fix([114, 33])).map(({ site }) => site.id)).toEqual([1, 2, 3]);
  });
});

describe('a pick by hand', () => {
  const here = fix([114, 33]);
  test.each<[string, Fix | null, Fix | null, number, boolean]>([
    ['holds here', here, here, 60_000, true],
    ['holds at the other end of the site', here, fix([114, 33.004]), 60_000, true],
    ['ends at the next site', here, fix([114, 33.02]), 60_000, false],
    ['holds where there is no position', here, null, 60_000, true],
    ['ends after two hours', here, here, 2 * 3600_000 + 1, false],
  ])('%s', (_, then, since, later, want) => {
    expect(stillPicked({ site: 1, fix: then, time: now }, since, now + later)).toBe(want);
  });
  test('none was made', () => {
    expect(stillPicked(null, here, now)).toBe(false);
  });
});
