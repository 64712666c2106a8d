import { expect, test } from 'vitest';
import { BoundaryFileError, readBoundary, troubleSpot } from './boundaryfile';

const square = { type: 'Polygon', coordinates: [[[114, 33], [114.1, 33], [114.1, 33.1], [114, 33]]] };
const feature = { type: 'Feature', properties: {}, geometry: square };

test.each([
  ['a geometry', square],
  ['a feature', feature],
  ['a collection of one', { type: 'FeatureCollection', features: [feature] }],
])('%s', (_, said) => expect(readBoundary(JSON.stringify(said))).toEqual(square));

test('a byte order mark is no trouble', () => expect(readBoundary('\uFEFF' + JSON.stringify(square))).toEqual(square));

test.each([
  ['text', '项目红线', 'not_json'],
  ['two features', JSON.stringify({ type: 'FeatureCollection', features: [feature, feature] }), 'many_features'],
  ['no features', JSON.stringify({ type: 'FeatureCollection', features: [] }), 'no_polygon'],
  ['a line', JSON.stringify({ type: 'LineString', coordinates: [[1, 2], [3, 4]] }), 'no_polygon'],
  ['a feature without ground', JSON.stringify({ type: 'Feature', geometry: null }), 'no_polygon'],
  ['null', 'null', 'no_polygon'],
])('%s is refused by name', (_, text, trouble) => {
  expect(() => readBoundary(text)).toThrow(BoundaryFileError);
  expect(() => readBoundary(text)).toThrow(trouble);
});

test.each([
  ['from facts', { at: [114.05, 33.02] }, '', [114.05, 33.02]],
  ['from words', {}, '红线在 114.0512, 33.0204 处自相交', [114.0512, 33.0204]],
  ['nowhere', {}, '红线自相交', null],
])('troubleSpot %s', (_, extra, words, want) => expect(troubleSpot(extra, words)).toEqual(want));
