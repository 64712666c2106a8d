import { describe, expect, test } from 'vitest';
import type { Receipt } from '../api/types';
import { after, backOff, most, network, next, pending, type Answer, type Happening, type Shot, type State } from './shot';

const now = 1_760_000_000_000;
const ours = 'a'.repeat(64);
const theirs = 'b'.repeat(64);
const states: State[] = ['captured', 'hashed', 'sending', 'receipted', 'refused'];

const shot = (over: Partial<Shot> = {}): Shot => ({
  key: 'k1', id: 'k1', person: 7, person_name: '张', site: { id: 3, name: '一期' }, source: 'camera', type: 'image/jpeg',
  size: 1000, captured_at: now, taken_at: now, spot: null, thumb: null, kept: true, state: 'captured', sha256: null,
  why: null, said: '', tries: 0, not_before: 0, taken_by: null, receipt: null, settled_at: null, ...over,
});
const receipt = (sha256: string) => ({ sha256, received_at: '2026-11-21T06:05:00Z' }) as Receipt;
const problem = (status: number, code = '', more: Partial<Extract<Answer, { kind: 'problem' }>> = {}): Happening => ({
  type: 'answered', answer: { kind: 'problem', status, code, said: '', retry_after_s: 0, sha256: null, ...more },
});
const happen = (s: Shot, ...what: Happening[]) => what.reduce((was, w) => after(was, w, now, 0.5), s);
const hashed: Happening = { type: 'hashed', sha256: ours, spare: 'k2' };
const sending = (over: Partial<Shot> = {}) => happen(shot(over), hashed, { type: 'sent' });

test('the whole way: captured, hashed, sending, receipted', () => {
  const done = happen(shot(), hashed, { type: 'sent' }, { type: 'answered', answer: { kind: 'receipt', receipt: receipt(ours) } });
  expect(done).toMatchObject({ state: 'receipted', receipt: { sha256: ours }, settled_at: now, why: null });
  expect(pending(done)).toBe(false);
});

describe('what an answer does to a shot under way', () => {
  test.each<[string, Happening, Partial<Shot>]>([
    ['no network', { type: 'answered', answer: { kind: 'cut', why: 'offline' } }, { state: 'hashed', why: 'offline', tries: 1, not_before: now + 2000 }],
    ['a network, but no server', { type: 'answered', answer: { kind: 'cut', why: 'unreached' } }, { state: 'hashed', why: 'unreached', tries: 1 }],
    ['nothing moved', { type: 'answered', answer: { kind: 'cut', why: 'stalled' } }, { state: 'hashed', why: 'stalled', tries: 1 }],
    ['a receipt for other bytes is no receipt', { type: 'answered', answer: { kind: 'receipt', receipt: receipt(theirs) } }, { state: 'captured', why: 'receipt_differs', receipt: null }],
    ['401: until the next login, and it is not the picture’s fault', problem(401, 'unauthenticated'), { state: 'hashed', why: 'signed_out', tries: 0, not_before: Infinity }],
    ['429 waits as long as the server says', problem(429, 'too_many', { retry_after_s: 18 }), { state: 'hashed', why: 'busy', not_before: now + 18_000 }],
    ['503 likewise', problem(503, 'storage_down', { retry_after_s: 7 }), { state: 'hashed', why: 'busy', not_before: now + 7_000 }],
    ['503 without a word', problem(503), { state: 'hashed', why: 'busy', not_before: now + 2_000 }],
    ['500', problem(500), { state: 'hashed', why: 'server', not_before: now + 2_000 }],
    ['502 of a proxy', problem(502, 'no_receipt'), { state: 'hashed', why: 'server' }],
    ['408', problem(408), { state: 'hashed', why: 'server' }],
    ['the id is taken: look at the bytes again at once', problem(409, 'photo_id_taken', { sha256: theirs }), { state: 'captured', why: 'photo_id_taken', taken_by: theirs, not_before: now }],
    ['damaged on the way: look at the bytes again at once', problem(422, 'digest_mismatch'), { state: 'captured', why: 'digest_mismatch', not_before: now }],
    ['empty', problem(422, 'empty_body'), { state: 'refused', why: 'empty_body' }],
    ['not an image', problem(422, 'not_an_image'), { state: 'refused', why: 'not_an_image' }],
    ['a pixel bomb', problem(422, 'too_many_pixels'), { state: 'refused', why: 'too_many_pixels' }],
    ['a format the server does not know', problem(422, 'unsupported_image'), { state: 'refused', why: 'unsupported_image' }],
    ['an animation', problem(422, 'many_frames'), { state: 'refused', why: 'many_frames' }],
    ['a damaged file', problem(422, 'broken_image'), { state: 'refused', why: 'broken_image' }],
    ['413 of a proxy, without a code', problem(413), { state: 'refused', why: 'too_large' }],
    ['404: the site is not mine any more', problem(404, 'not_found'), { state: 'refused', why: 'not_found' }],
    ['403', problem(403, 'role_not_allowed'), { state: 'refused', why: 'forbidden' }],
    ['a refusal this page does not know keeps the server’s words', problem(422, 'new_rule', { said: '今日已封账' }), { state: 'refused', why: 'rejected', said: '今日已封账' }],
  ])('%s', (_, what, want) => {
    expect(happen(sending(), what)).toMatchObject(want);
  });

  test('no answer but a receipt with our own fingerprint lets the bytes go', () => {
    const answers: Happening[] = [400, 401, 403, 404, 408, 409, 413, 415, 422, 429, 500, 502, 503, 507].map((status) => problem(status));
    for (const what of answers) expect(pending(happen(sending(), what))).toBe(true);
  });
});

describe('an id that is taken', () => {
  const taken = (sha256: string | null) => happen(sending(), problem(409, 'photo_id_taken', { sha256 }));
  test('by our own picture, whose fingerprint was wrong: same id, right fingerprint', () => {
    expect(happen(taken(theirs), { type: 'hashed', sha256: theirs, spare: 'k2' })).toMatchObject({ state: 'hashed', id: 'k1', sha256: theirs });
  });
  test('by another picture: a new id, the same key', () => {
    expect(happen(taken(theirs), hashed)).toMatchObject({ state: 'hashed', id: 'k2', key: 'k1', sha256: ours, taken_by: null });
  });
  test('by one that the server does not name: a new id', () => {
    expect(happen(taken(null), hashed)).toMatchObject({ id: 'k2' });
  });
  test('again and again: it slows down', () => {
    const third = { ...sending(), tries: 2 };
    expect(happen(third, problem(409, 'photo_id_taken', { sha256: theirs })).not_before).toBeGreaterThan(now + 2000);
  });
});

describe('what cannot be sent is not sent', () => {
  test.each([
    ['nothing', 0, 'empty_body'],
    ['a byte too many', most + 1, 'too_large'],
  ])('%s', (_, size, why) => {
    expect(happen(shot({ size }), hashed)).toMatchObject({ state: 'refused', why });
  });
  test('exactly 25 MB goes', () => {
    expect(happen(shot({ size: most }), hashed).state).toBe('hashed');
  });
  test.each(['captured', 'hashed'] as const)('bytes that cannot be read any more, %s', (state) => {
    expect(happen(shot({ state }), { type: 'unreadable' })).toMatchObject({ state: 'refused', why: 'unreadable' });
  });
});

test('a page that was closed while sending goes on where it was', () => {
  expect(happen(sending(), { type: 'reopened' })).toMatchObject({ state: 'hashed', why: 'interrupted', not_before: 0 });
});

test('a person tries a refused one again, or gives it to another site', () => {
  const refused = happen(sending(), problem(404, 'not_found'));
  expect(happen(refused, { type: 'again' })).toMatchObject({ state: 'captured', why: null, tries: 0 });
  expect(happen(refused, { type: 'moved', site: { id: 4, name: '二期' } })).toMatchObject({ state: 'captured', site: { id: 4 } });
  expect(happen(sending(), { type: 'moved', site: null }).site).toEqual({ id: 3, name: '一期' });
});

test('what cannot happen in a state changes nothing', () => {
  const all: Happening[] = [
    hashed, { type: 'unreadable' }, { type: 'sent' }, problem(500), { type: 'reopened' },
  ];
  const possible: Record<State, number[]> = { captured: [0, 1], hashed: [1, 2], sending: [3, 4], receipted: [], refused: [] };
  for (const state of states) {
    all.forEach((what, i) => {
      const was = shot({ state });
      expect(happen(was, what) === was, `${state} ${what.type}`).toBe(!possible[state].includes(i));
    });
  }
  const done = shot({ state: 'receipted' });
  expect(happen(done, { type: 'again' }, { type: 'moved', site: null })).toBe(done);
});

test('waiting doubles from 2 s to 5 min, spread by a quarter either way', () => {
  expect([1, 2, 3, 8, 20].map((n) => backOff(n, 0.5))).toEqual([2000, 4000, 8000, 256_000, 300_000]);
  expect([backOff(1, 0), backOff(1, 1)]).toEqual([1500, 2500]);
});

test('which failures are forgotten when the network is back', () => {
  const back = (['offline', 'unreached', 'stalled', 'interrupted', 'busy', 'server', 'digest_mismatch'] as const).filter((why) => network(shot({ why })));
  expect(back).toEqual(['offline', 'unreached', 'stalled', 'interrupted']);
});

describe('whose turn it is', () => {
  const s = (key: string, over: Partial<Shot> = {}) => shot({ key, captured_at: now + Number(key), state: 'hashed', ...over });
  test.each<[string, Shot[], string | number | null]>([
    ['nothing to do', [s('1', { state: 'receipted' }), s('2', { state: 'refused' }), s('3', { state: 'sending' })], null],
    ['the oldest', [s('2'), s('1')], '1'],
    ['one that failed lets the others go first', [s('1', { tries: 1 }), s('2')], '2'],
    ['a picture that waits holds up nobody else', [s('1', { why: 'server', tries: 1, not_before: now + 9 }), s('2')], '2'],
    ['no network holds up everybody', [s('1', { why: 'offline', tries: 1, not_before: now + 9 }), s('2')], now + 9],
    ['a busy server too', [s('1', { why: 'busy', tries: 1, not_before: now + 9 }), s('2')], now + 9],
    ['but hashing goes on', [s('1', { why: 'offline', tries: 1, not_before: now + 9 }), s('2', { state: 'captured' })], '2'],
    ['after a 401 nothing goes before the login', [s('1', { why: 'signed_out', not_before: Infinity }), s('2')], Infinity],
    ['another person’s pictures are not mine to send', [s('1', { person: 8 })], null],
    ['the wait is the shortest', [s('1', { why: 'server', not_before: now + 9 }), s('2', { why: 'server', not_before: now + 5 })], now + 5],
  ])('%s', (_, shots, want) => {
    const got = next(shots, 7, now);
    expect(got === null ? null : 'do' in got ? got.do.key : got.until).toBe(want);
  });
  test('nobody is logged in', () => {
    expect(next([s('1')], null, now)).toBeNull();
  });
});
