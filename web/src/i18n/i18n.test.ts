import { expect, test } from 'vitest';
import { fill } from './i18n.svelte';

const rooms = import.meta.glob<{ zh?: Record<string, string>; en?: Record<string, string> }>(
  ['./{zh,en}.ts', '../*/words.ts'],
  { eager: true },
);
const main = { zh: rooms['./zh.ts']?.zh, en: rooms['./en.ts']?.en };
const dictionaries = Object.entries({
  main,
  ...Object.fromEntries(Object.entries(rooms).filter(([path]) => path.endsWith('words.ts'))),
});

test.each(dictionaries)('%s says everything in both languages', (_, { zh, en }) => {
  expect(Object.keys(en ?? {}).sort()).toEqual(Object.keys(zh ?? {}).sort());
  for (const [key, said] of Object.entries(zh ?? {})) {
    const holes = (s: string) => [...s.matchAll(/\{\w+\}/g)].map(String).sort();
    expect(said, key).not.toBe('');
    expect(en?.[key], key).not.toBe('');
    expect(holes(en?.[key] ?? ''), key).toEqual(holes(said));
  }
});

test.each([
  ['no holes', '上传', undefined, '上传'],
  ['one', '{n} 张', { n: 3 }, '3 张'],
  ['a hole nobody fills stays visible', '{n} 张', {}, '{n} 张'],
  ['a name is text, not a pattern', '{name} 好', { name: '$&' }, '$& 好'],
])('fill: %s', (_, text, args, want) => {
  expect(fill(text, args)).toBe(want);
});
