import { afterEach, describe, expect, test } from 'vitest';
import { i18n } from '../i18n/i18n.svelte';
import type { Refused, Shot, Waits } from './shot';
import { metres, tell } from './telling';

const now = 1_760_000_000_000;
const shot = (over: Partial<Shot>) => ({ key: 'k', size: 2_800_000, state: 'hashed', why: null, said: '', not_before: now + 18_000, receipt: null, ...over }) as Shot;
const waits: Waits[] = ['offline', 'unreached', 'stalled', 'interrupted', 'busy', 'server', 'signed_out', 'digest_mismatch', 'photo_id_taken', 'receipt_differs'];
const refused: Refused[] = ['empty_body', 'not_an_image', 'too_many_pixels', 'unsupported_image', 'many_frames', 'broken_image', 'too_large', 'not_found', 'forbidden', 'unreadable', 'rejected'];

afterEach(() => (i18n.lang = 'zh'));

describe.each(['zh', 'en'] as const)('%s says what happened and what comes next', (lang) => {
  test.each([...waits.map((why) => ['hashed', why] as const), ...refused.map((why) => ['refused', why] as const)])('%s %s', (state, why) => {
    i18n.lang = lang;
    const { what, next, mood } = tell(shot({ state, why }), null, now);
    for (const said of [what, next]) {
      expect(said).not.toMatch(/[{}]|shot\.|undefined|NaN|Infinity/);
      expect(said.length).toBeGreaterThan(3);
    }
    expect(mood).toBe(state === 'refused' ? 'stuck' : 'waits');
  });
});

test.each<[string, Partial<Shot>, string, string]>([
  ['offline', { why: 'offline' }, '没传上去：网络断了', '已存在本机，恢复后自动续传'],
  ['busy counts down', { why: 'busy' }, '没传上去：服务器忙', '已存在本机，18 秒后自动再传'],
  ['long waits are minutes', { why: 'busy', not_before: now + 200_000 }, '没传上去：服务器忙', '已存在本机，4 分钟后自动再传'],
  ['a login has no clock', { why: 'signed_out', not_before: Infinity }, '没传上去：登录已过期', '已存在本机，重新登录后自动上传'],
  ['the size that was too much', { state: 'refused', why: 'too_large', size: 31_457_280 }, '没传成：照片 31.46 MB，超过 25 MB', '请在相机里调低分辨率后重拍'],
  ['the server’s own words', { state: 'refused', why: 'rejected', said: '今日已封账' }, '没传成：服务器没有收', '今日已封账 · 照片在本机；可以再传一次，或联系管理员'],
])('%s', (_, over, what, next) => {
  expect(tell(shot(over), null, now)).toMatchObject({ what, next });
});

test.each([
  ['offline', '没传上去：网络断了'],
  ['server', '没传上去：连不上服务器'],
  ['signed_out', '没传上去：登录已过期'],
  ['ok', '已存本机，排队上传'],
  ['asking', '已存本机，排队上传'],
] as const)('a fresh shot waits for what the page waits for: %s', (link, what) => {
  expect(tell(shot({ why: null, not_before: 0 }), null, now, link).what).toBe(what);
});

describe('progress', () => {
  const going = shot({ state: 'sending' });
  test('under two seconds there is no bar', () => {
    expect(tell(going, { key: 'k', sent: 500_000, since: now - 1_900 }, now).part).toBeNull();
  });
  test('then it counts', () => {
    expect(tell(going, { key: 'k', sent: 1_204_000, since: now - 2_100 }, now)).toMatchObject({ part: 43, what: '正在上传 43%（1.2 MB / 2.8 MB）' });
  });
  test('all sent is not yet received', () => {
    expect(tell(going, { key: 'k', sent: 2_800_000, since: now - 9_000 }, now).what).toBe('已传完，服务器正在核对');
  });
  test('another shot’s progress is not ours', () => {
    expect(tell(going, { key: 'z', sent: 1, since: now - 9_000 }, now).part).toBeNull();
  });
});

test.each([[3.4, '3 米'], [124, '120 米'], [999, '1.0 公里'], [1240, '1.2 公里'], [15_400, '15 公里']])('%s m', (m, want) => {
  expect(metres(m)).toBe(want);
});
