import { describe, expect, test } from 'vitest';
import { answerOf, urlOf } from './carry';
import type { Shot } from './shot';

const none = () => null;

describe('what an HTTP answer means', () => {
  test('201 with a receipt', () => {
    const text = JSON.stringify({ id: 'x', sha256: 'ab', received_at: '2026-11-21T06:05:00Z' });
    expect(answerOf(201, text, none)).toMatchObject({ kind: 'receipt', receipt: { sha256: 'ab' } });
  });
  test.each([
    ['200 with a hotel’s login page', 200, '<html>'],
    ['200 with JSON that is no receipt', 200, '{"ok":true}'],
    ['200 with null', 200, 'null'],
    ['204', 204, ''],
  ])('%s is no acknowledgement', (_, status, text) => {
    expect(answerOf(status, text, none)).toMatchObject({ kind: 'problem', status: 502, code: 'no_receipt' });
  });
  test('a problem keeps its code, words, stored fingerprint and Retry-After', () => {
    const text = JSON.stringify({ code: 'photo_id_taken', title: '编号已用', detail: '编号已用于另一张', sha256: 'cd' });
    expect(answerOf(409, text, (name) => (name === 'retry-after' ? '12' : null))).toEqual({
      kind: 'problem', status: 409, code: 'photo_id_taken', said: '编号已用于另一张', retry_after_s: 12, sha256: 'cd',
    });
  });
  test('a proxy’s HTML is a status without words', () => {
    expect(answerOf(503, '<h1>Bad</h1>', none)).toMatchObject({ kind: 'problem', status: 503, code: '', said: '' });
  });
});

describe('the address of a picture', () => {
  const at = Date.parse('2026-11-21T14:05:00+08:00');
  const base = { id: 'u', site: { id: 3, name: '' }, taken_at: at, spot: null } as unknown as Shot;
  test('with a position', () => {
    const url = new URL(urlOf({ ...base, spot: { at: [114.02, 33.58], accuracy_m: 14.2, time: at - 5000 } }), 'http://x');
    expect(url.pathname).toBe('/api/v1/photos/u');
    expect(Object.fromEntries(url.searchParams)).toEqual({
      site: '3', lon: '114.0200000', lat: '33.5800000', accuracy: '15', position_source: 'browser',
      position_at: '2026-11-21T06:04:55.000Z', taken_at: '2026-11-21T06:05:00.000Z',
    });
  });
  test('what the phone does not know is left out, never 0,0', () => {
    expect(urlOf({ ...base, site: null, taken_at: null })).toBe('/api/v1/photos/u');
  });
});
