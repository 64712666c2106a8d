import { expect, test } from 'vitest';
import type { LonLat, Unlocated } from '../api/types';
import { place } from './placing';

const project = (id: number, code = '411104', invest_wan: number | null = id): Unlocated => ({
  project_id: id, name: '项目' + id, stage: 'idea', area: { code, name: '召陵区' }, invest_wan,
});
const anchors = new Map<string, LonLat>([['411104', [114.09, 33.57]], ['411121', [113.6, 33.44]]]);
const metres = ([a, b]: LonLat, [c, d]: LonLat) =>
  Math.hypot((a - c) * 111_320 * Math.cos((33.5 * Math.PI) / 180), (b - d) * 111_320);

test('nobody is nothing', () => expect(place([], anchors, [114, 33])).toEqual({ at: new Map(), groups: [] }));

test('one stands on the anchor of its county', () => {
  const { at, groups } = place([project(1)], anchors, [0, 0]);
  expect(at.get(1)).toEqual([114.09, 33.57]);
  expect(groups).toMatchObject([{ county: '411104', count: 1, at: [114.09, 33.57] }]);
});

test('the largest is in the middle, none lie on each other, all lie inside the ring', () => {
  const { at, groups } = place(Array.from({ length: 40 }, (_, i) => project(i + 1)), anchors, [0, 0]);
  expect(at.get(40)).toEqual([114.09, 33.57]);
  const spots = [...at.values()];
  for (const [i, a] of spots.entries()) {
    for (const b of spots.slice(i + 1)) expect(metres(a, b)).toBeGreaterThan(400);
    expect(metres(a, [114.09, 33.57])).toBeLessThan(groups[0]?.radius_m ?? 0);
  }
});

test('many hundreds stay near their county', () => {
  const { groups } = place(Array.from({ length: 600 }, (_, i) => project(i + 1)), anchors, [0, 0]);
  expect(groups[0]?.radius_m).toBeLessThan(6000);
});

test('the order of the answer does not move anybody', () => {
  const some = [project(1), project(2, '411121'), project(3, '411104', null), project(4)];
  expect(place([...some].reverse(), anchors, [0, 0])).toEqual(place(some, anchors, [0, 0]));
});

test('a county without an anchor is shown all the same', () => {
  expect(place([project(1, '419999')], anchors, [114, 33]).at.get(1)).toEqual([114, 33]);
});
