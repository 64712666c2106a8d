import { expect, test } from 'vitest';
import { rowsIn, scrollFor } from './rows';

test.each([
  ['nothing', [0, 36, 0, 400], { from: 0, to: 0 }],
  ['fewer than fit', [3, 36, 0, 400], { from: 0, to: 3 }],
  ['the top of many', [10_000, 36, 0, 360], { from: 0, to: 16 }],
  ['the middle', [10_000, 36, 36_000, 360], { from: 994, to: 1016 }],
  ['scrolled past the end after a filter', [5, 36, 36_000, 360], { from: 0, to: 5 }],
  ['a rubber band above the top', [100, 36, -80, 360], { from: 0, to: 16 }],
] as const)('rowsIn: %s', (_, [count, height, top, window], want) => {
  expect(rowsIn(count, height, top, window)).toEqual(want);
});

test('scrollFor moves only when it must', () => {
  expect(scrollFor(5, 36, 0, 360)).toBe(0);
  expect(scrollFor(10, 36, 0, 360)).toBe(36);
  expect(scrollFor(2, 36, 360, 360)).toBe(72);
});
