import { expect, test } from 'vitest';
import type { BoardSite } from '../api/types';
import { coverage, entryOfSite, entryOfUnlocated, judgeToday, noFilter, sift, sorted, toggled, type Entry, type Filter } from './board';

const now = Date.parse('2026-11-21T14:00:00+08:00');

test.each([
  ['a photo today', { photos_today: 1, last_photo_at: '2026-11-21T08:00:00+08:00' }, '2026-11-21', 'kept'],
  ['none yet, yesterday kept', { photos_today: 0, last_photo_at: '2026-11-20T08:00:00+08:00' }, '2026-11-21', 'waiting'],
  ['none yet, yesterday by one second', { photos_today: 0, last_photo_at: '2026-11-19T16:00:00Z' }, '2026-11-21', 'waiting'],
  ['yesterday missed as well', { photos_today: 0, last_photo_at: '2026-11-19T15:59:59Z' }, '2026-11-21', 'late'],
  ['never one: nothing broke off', { photos_today: 0, last_photo_at: null }, '2026-11-21', 'waiting'],
  ['never one, and the day is over', { photos_today: 0, last_photo_at: null }, '2026-11-20', 'waiting'],
  ['the day is over', { photos_today: 0, last_photo_at: '2026-11-19T08:00:00+08:00' }, '2026-11-20', 'late'],
  ['the day is over and was kept', { photos_today: 2, last_photo_at: '2026-11-20T08:00:00+08:00' }, '2026-11-20', 'kept'],
])('judgeToday: %s', (_, site, day, want) => expect(judgeToday(site, day, now)).toBe(want));

function site(id: number, more: Partial<BoardSite> = {}): Entry {
  return entryOfSite(
    {
      id, county: '411104', project_id: id, name: '点位' + id, project: '项目' + id, stage: 'started', batches: [], industry: '食品',
      invest_wan: id * 100, area_m2: 1000, at: [114, 33.6], schematic: true, photos_today: 0, last_photo_at: null, ...more,
    },
    '2026-11-21',
    now,
  );
}
const today = '2026-11-21T08:00:00+08:00';
const all: Entry[] = [
  site(1, { photos_today: 1, last_photo_at: today, county: '411102', stage: 'building' }),
  site(2, { photos_today: 3, last_photo_at: '2026-11-21T09:00:00+08:00', batches: ['signed:13'] }),
  site(3, { last_photo_at: '2026-11-20T09:00:00+08:00', batches: ['signed:13', 'started:12'] }),
  site(4, { county: '411102', last_photo_at: '2026-11-18T09:00:00+08:00' }),
  entryOfUnlocated({ project_id: 9, name: '待定项目', stage: 'idea', area: { code: '411121', name: '舞阳县' }, invest_wan: null }, null),
];
const keys = (entries: readonly Entry[]) => entries.map((e) => e.key);

test('without a filter everything is shown and counted', () => {
  const { shown, facets } = sift(all, noFilter);
  expect(keys(shown)).toEqual(['s1', 's2', 's3', 's4', 'p9']);
  expect(facets.today).toEqual({ kept: 2, waiting: 1, late: 1, unknown: 1 });
  expect(facets.step).toEqual({ plan: 1, sign: 0, start: 3, build: 1, run: 0 });
  expect([...facets.county]).toEqual([['411102', 2], ['411104', 2], ['411121', 1]]);
  expect(facets.batch.get('signed:13')).toBe(2);
});

test('a facet counts what its own values would leave; the other facets shrink', () => {
  const { shown, facets } = sift(all, { ...noFilter, county: ['411102'] });
  expect(keys(shown)).toEqual(['s1', 's4']);
  expect(facets.today).toEqual({ kept: 1, waiting: 0, late: 1, unknown: 0 });
  expect(facets.county.get('411104')).toBe(2);
});

test.each([
  ['two values of one facet are either', { today: ['kept', 'late'] }, ['s1', 's2', 's4']],
  ['two facets are both', { today: ['kept'], county: ['411104'] }, ['s2']],
  ['a batch', { batch: 'started:12' }, ['s3']],
  ['words, all of them, in site or project', { q: '点位 项目3' }, ['s3']],
  ['nothing matches', { q: '没有这个' }, []],
  ['a pattern is only text', { q: '.*' }, []],
] as [string, Partial<Filter>, string[]][])('sift: %s', (_, filter, want) => {
  expect(keys(sift(all, { ...noFilter, ...filter }).shown)).toEqual(want);
});

test.each([
  ['attention', ['s4', 's3', 's2', 's1', 'p9']],
  ['invest', ['s4', 's3', 's2', 's1', 'p9']],
  ['recent', ['s2', 's1', 's3', 's4', 'p9']],
  ['name', ['s1', 's2', 's3', 's4', 'p9']],
] as const)('sorted by %s; the unlocated close the list', (order, want) => expect(keys(sorted(all, order))).toEqual(want));

test('coverage counts sites, never the unlocated', () => {
  const c = coverage(all);
  expect([c.kept, c.sites, c.photos, c.last?.key]).toEqual([2, 4, 4, 's2']);
  expect(coverage([])).toEqual({ kept: 0, sites: 0, photos: 0, last: null });
});

test('toggled', () => {
  expect(toggled(['a', 'b'], 'a')).toEqual(['b']);
  expect(toggled(['a'], 'b')).toEqual(['a', 'b']);
});

test('10,000 sites are sifted and sorted well within a frame or three', () => {
  const many = Array.from({ length: 10_000 }, (_, i) => site(i, { county: '4111' + (i % 9) }));
  const start = performance.now();
  sorted(sift(many, { ...noFilter, q: '点位' }).shown, 'attention');
  expect(performance.now() - start).toBeLessThan(500);
});
