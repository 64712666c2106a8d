import { expect, test } from 'vitest';
import { flagWords, knownFlags } from './flags';

test('every flag is said in both languages, and one that is new is said by its name', () => {
  for (const flag of knownFlags) {
    expect(flagWords(flag, 'zh').short).not.toBe(flag);
    expect(flagWords(flag, 'en').why).not.toBe(flag);
  }
  expect(flagWords('later', 'zh')).toEqual({ short: 'later', why: 'later' });
});
