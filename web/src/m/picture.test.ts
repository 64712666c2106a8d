import { expect, test } from 'vitest';
import { staleAfter, type Fix } from './ground';
import { seen } from './picture';

const now = 1_760_000_000_000;
const fix: Fix = { at: [114, 33], accuracy_m: 12, time: now - 4_000 };
const spot = { at: [114, 33], accuracy_m: 12, time: now - 4_000 };

test.each<[string, number, 'camera' | 'album', Fix | null, unknown]>([
  ['just taken', -3_000, 'camera', fix, { source: 'camera', taken_at: now - 3_000, spot }],
  ['just taken, no position', -3_000, 'camera', null, { source: 'camera', taken_at: now - 3_000, spot: null }],
  ['just taken, the position is old', -3_000, 'camera', { ...fix, time: now - staleAfter - 1 }, { source: 'camera', taken_at: now - 3_000, spot: null }],
  ['a file of the future was taken now', 2_000, 'camera', fix, { source: 'camera', taken_at: now, spot }],
  ['the camera button gave an old file', -3600_000, 'camera', fix, { source: 'album', taken_at: null, spot: null }],
  ['from the album', -3_000, 'album', fix, { source: 'album', taken_at: null, spot: null }],
])('%s', (_, age, asked, at, want) => {
  expect(seen({ lastModified: now + age }, asked, at, now)).toEqual(want);
});
