import { expect, test } from 'vitest';
import type { Photo } from '../api/types';
import { byDay, dayCells } from './timeline';

const photo = (id: string, received_at: string) => ({ id, received_at }) as Photo;
const photos = [
  photo('a', '2026-11-19T08:00:00+08:00'),
  photo('c', '2026-11-21T09:00:00+08:00'),
  photo('b', '2026-11-21T00:00:00+08:00'),
  photo('d', '2026-11-20T15:59:59Z'),
];

test('days are Shanghai days of receipt, newest first', () => {
  expect(byDay(photos).map((d) => [d.day, d.photos.map((p) => p.id).join('')])).toEqual([
    ['2026-11-21', 'c'], ['2026-11-20', 'd'], ['2026-11-19', 'a'],
  ].map(([day, ids]) => [day, day === '2026-11-21' ? 'cb' : ids]));
});

test.each([
  ['everything is loaded: a gap is a gap', true, 'missed missed kept kept kept'],
  ['older ones are not loaded yet: nobody knows', false, 'unknown unknown kept kept kept'],
])('%s', (_, complete, want) => {
  expect(dayCells(byDay(photos), '2026-11-21', 5, complete).map((c) => c.state).join(' ')).toBe(want);
});

test('today without a photo is waiting, not missed; none at all is missed everywhere before', () => {
  expect(dayCells([], '2026-11-21', 3, true).map((c) => c.state)).toEqual(['missed', 'missed', 'waiting']);
});
