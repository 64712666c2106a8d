import { expect, test } from 'vitest';
import type { Boundary } from '../api/types';
import { draw } from './outline';

const square: Boundary = { type: 'Polygon', coordinates: [[[0, 0], [1, 0], [1, 1], [0, 1], [0, 0]]] };

test('north is up, and the shape fills the paper with a margin', () => {
  expect(draw([square], 100).paths).toEqual(['M6 94L94 94L94 6L6 6L6 94Z']);
});

test('a degree of longitude shrinks towards the pole', () => {
  const north: Boundary = { type: 'Polygon', coordinates: [[[0, 60], [1, 60], [1, 61], [0, 61], [0, 60]]] };
  const xs = [...(draw([north], 100).paths[0] ?? '').matchAll(/[ML]([\d.]+) /g)].map((m) => Number(m[1]));
  expect(Math.max(...xs) - Math.min(...xs)).toBeCloseTo(88 * Math.cos((60.5 * Math.PI) / 180), 0);
});

test('holes and parts are rings of one path; two boundaries share the paper', () => {
  const parts: Boundary = { type: 'MultiPolygon', coordinates: [square.coordinates, [[[2, 0], [3, 0], [3, 1], [2, 0]]]] };
  const { paths } = draw([square, parts], 100);
  expect(paths).toHaveLength(2);
  expect(paths[1]?.match(/M/g)).toHaveLength(2);
});

test.each([
  ['nothing', { type: 'MultiPolygon', coordinates: [] }],
  ['one point', { type: 'Polygon', coordinates: [[[1, 1]]] }],
  ['broken numbers', { type: 'Polygon', coordinates: [[[NaN, 1], [1]]] }],
] as [string, Boundary][])('%s does not break the paper', (_, b) => {
  expect(draw([b], 100).paths[0]).not.toContain('NaN');
});

test('the mark lies where the point is', () => {
  expect(draw([square], 100, [0.5, 0.5]).mark).toEqual([50, 50]);
});
