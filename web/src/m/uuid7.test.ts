import { expect, test } from 'vitest';
import { uuid7 } from './uuid7';

test('the example of RFC 9562, appendix A.6', () => {
  // unix_ts_ms 0x017F22E279B0, rand_a 0xCC3, rand_b 0b01, 0x8C4DC0C0C07398F
  const chance = Uint8Array.of(0xfc, 0xc3, 0xd8, 0xc4, 0xdc, 0x0c, 0x0c, 0x07, 0x39, 0x8f);
  expect(uuid7(0x017f22e279b0, chance)).toBe('017f22e2-79b0-7cc3-98c4-dc0c0c07398f');
});

test('version 7, variant 10, sorted by time, never twice', () => {
  const ids = Array.from({ length: 1000 }, (_, i) => uuid7(1_760_000_000_000 + i));
  for (const id of ids) expect(id).toMatch(/^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/);
  expect([...ids].sort()).toEqual(ids);
  expect(new Set(Array.from({ length: 1000 }, () => uuid7(1))).size).toBe(1000);
});

test.each([
  ['a clock before 1970 is 0', -5, '00000000-0000-7'],
  ['fractions are dropped', 1.9, '00000000-0001-7'],
])('%s', (_, now, start) => {
  expect(uuid7(now).startsWith(start)).toBe(true);
});
