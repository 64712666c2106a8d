import { expect, test } from 'vitest';
import { age, clock, dayAfter, dayOf, dayWords, exact, isDay, stamp, untilMidnight } from './time';

const now = Date.parse('2026-11-21T14:05:30+08:00');

test.each([
  ['an afternoon', '2026-11-21T06:05:00Z', '11-21 周六 14:05'],
  ['the last second of a day', '2026-11-21T15:59:59Z', '11-21 周六 23:59'],
  ['midnight in Shanghai is the next day', '2026-11-21T16:00:00Z', '11-22 周日 00:00'],
  ['another year says so', '2025-12-31T16:00:00+08:00', '2025-12-31 周三 16:00'],
  ['not a time', '昨天下午', '昨天下午'],
])('stamp: %s', (_, at, want) => expect(stamp(at, 'zh', now)).toBe(want));

test.each([
  ['now', '2026-11-21T14:05:29+08:00', '刚刚', 'just now'],
  ['a clock slightly ahead', '2026-11-21T14:06:00+08:00', '刚刚', 'just now'],
  ['a clock far ahead is not hidden', '2026-11-21T15:00:00+08:00', '11-21 周六 15:00', '11-21 Sat 15:00'],
  ['59 s is not yet a minute', '2026-11-21T14:04:31+08:00', '刚刚', 'just now'],
  ['minutes', '2026-11-21T14:02:00+08:00', '3 分钟前', '3 min ago'],
  ['hours of today', '2026-11-21T00:01:00+08:00', '14 小时前', '14 h ago'],
  ['yesterday, though fewer than 24 h', '2026-11-20T23:00:00+08:00', '昨天 23:00', 'yesterday 23:00'],
  ['days', '2026-11-18T09:00:00+08:00', '3 天前', '3 days ago'],
  ['a week and more is a date', '2026-11-14T09:00:00+08:00', '11-14 周六 09:00', '11-14 Sat 09:00'],
])('age: %s', (_, at, zh, en) => {
  expect(age(at, 'zh', now)).toBe(zh);
  expect(age(at, 'en', now)).toBe(en);
});

test('days', () => {
  expect(dayOf('2026-11-20T16:30:00Z')).toBe('2026-11-21');
  expect(dayAfter('2026-02-28', 1)).toBe('2026-03-01');
  expect(dayAfter('2026-01-01', -1)).toBe('2025-12-31');
  expect(dayWords('2026-11-21', 'zh', now)).toBe('11-21 周六');
  expect(dayWords('2024-02-29', 'en', now)).toBe('2024-02-29 Thu');
  expect(clock('2026-11-21T06:05:00Z')).toBe('14:05');
  expect(exact('2026-11-21T06:05:09Z')).toBe('2026-11-21 14:05:09 +08:00');
  expect(untilMidnight(Date.parse('2026-11-21T23:59:00+08:00'))).toBe(60_000);
});

test.each([
  ['2026-11-21', true], ['2026-02-29', false], ['2024-02-29', true], ['2026-13-01', false], ['26-1-1', false], ['', false],
])('isDay %s: %s', (text, want) => expect(isDay(text)).toBe(want));
