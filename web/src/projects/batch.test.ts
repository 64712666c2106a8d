import { expect, test } from 'vitest';
import { batchWords, readBatch } from './batch';

test.each([
  ['signed:13', '第 13 期签约', 'Term 13 signed'],
  ['producing:2', '第 2 期投产', 'Term 2 producing'],
  ['later:1', 'later:1', 'later:1'],
  ['signed:x', 'signed:x', 'signed:x'],
])('%s', (batch, zh, en) => {
  expect(batchWords(batch, 'zh')).toBe(zh);
  expect(batchWords(batch, 'en')).toBe(en);
});

test('readBatch', () => {
  expect(readBatch('started:12')).toEqual({ batch: 'started', term: 12 });
  expect(batchWords({ batch: 'started', term: 12 }, 'zh')).toBe('第 12 期开工');
  expect(readBatch('started:')).toBeNull();
});
