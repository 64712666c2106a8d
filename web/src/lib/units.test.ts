import { expect, test } from 'vitest';
import { bytes, figure, hectares, money, mu, percent } from './units';

test.each([
  [0, '0'], [12.456, '12.46'], [12.5, '12.5'], [99.999, '100'], [312.04, '312'], [312.06, '312.1'], [999.96, '1,000'],
  [1234567.8, '1,234,568'], [100, '100'], [-3.1, '-3.1'],
])('figure %d is %s', (n, want) => expect(figure(n)).toBe(want));

test.each([
  ['one 亩', 2000 / 3, '1', '0.07'],
  ['one hectare is 15 亩', 10_000, '15', '1'],
  ['a park', 208_000, '312', '20.8'],
])('areas: %s', (_, m2, wantMu, wantHa) => {
  expect(mu(m2, 'zh')).toEqual({ value: wantMu, unit: '亩' });
  expect(hectares(m2, 'zh')).toEqual({ value: wantHa, unit: '公顷' });
});

test.each([
  [9_999, '9,999 万元', '99.99 m CNY'],
  [10_000, '1 亿元', '100 m CNY'],
  [500_000, '50 亿元', '5 bn CNY'],
  [320, '320 万元', '3.2 m CNY'],
])('%d 万元', (wan, zh, en) => {
  const said = ({ value, unit }: { value: string; unit: string }) => `${value} ${unit}`;
  expect(said(money(wan, 'zh'))).toBe(zh);
  expect(said(money(wan, 'en'))).toBe(en);
});

test('percent never rounds a gap away', () => {
  expect([percent(83_999, 84_000), percent(84, 84), percent(1, 1000), percent(0, 5), percent(0, 0)]).toEqual([99, 100, 1, 0, 0]);
});

test('bytes', () => {
  expect([bytes(10), bytes(204_800), bytes(25_000_000), bytes(999_600)].map((q) => q.value + q.unit)).toEqual(['10B', '205KB', '25MB', '1MB']);
});
