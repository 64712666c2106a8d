import { expect, test } from 'vitest';
import { reprDigest, sha256, shortHash } from './hash';

const bytesOf = (s: string) => new TextEncoder().encode(s).buffer as ArrayBuffer;

test.each([
  ['nothing', '', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc (FIPS 180-2)', 'abc', 'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
])('sha256 of %s', async (_, text, want) => {
  expect(await sha256(bytesOf(text))).toBe(want);
});

test('Repr-Digest is the base64 of the raw digest (RFC 9530, appendix D)', async () => {
  expect(reprDigest(await sha256(bytesOf('{"hello": "world"}\n')))).toBe(
    'sha-256=:RK/0qy18MlBSVnWgjwz6lZEWjP/lF5HF9bvEF8FabDg=:',
  );
});

test('a short hash can be read out', () => {
  expect(shortHash('3fa9c02e77')).toBe('3fa9 c02e');
});
