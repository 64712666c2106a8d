import { expect, test } from 'vitest';
import { validateStyleMin } from '@maplibre/maplibre-gl-style-spec';
import type { MapFacts } from '../api/types';
import { palette } from './palette';
import { style } from './style';

const facts: MapFacts = {
  city: { code: '411100', name: '漯河市' }, bounds: [113.4, 33.3, 114.3, 33.9], basemap: null, version: { site: 's 1', backdrop: 'b' }, schematic: true,
};
const basemap = { template: 'https://tiles.example/{z}/{x}/{y}', attribution: '天地图', approval_no: 'GS(2024)0000号' };
const bare = { ...palette(true), ...Object.fromEntries(Object.keys(palette(true)).map((k) => [k, '#123456'])), stage: ['#1', '#2', '#3', '#4', '#5'].map(() => '#abcdef'), dark: true };
const styleOf = (more: Partial<MapFacts>, by: 'today' | 'stage' = 'today') => style(bare as never, { ...facts, ...more }, by, 'http://guatu.test');

test.each([
  ['our own ground, today', styleOf({})],
  ['our own ground, stage', styleOf({}, 'stage')],
  ['a basemap', styleOf({ basemap })],
])('%s is a style that MapLibre accepts', (_, made) => {
  expect(validateStyleMin(made).map((e) => e.message)).toEqual([]);
});

test('nothing is asked of anybody but this server, and letters come from no server at all', () => {
  const made = styleOf({});
  expect(made.glyphs).toBeUndefined();
  expect(made.sprite).toBeUndefined();
  const urls = JSON.stringify(made.sources).match(/[a-z]+:\/\/[^/"]+/g) ?? [];
  expect(new Set(urls)).toEqual(new Set(['http://guatu.test']));
  expect(JSON.stringify(made.sources)).toContain('v=s%201');
});

test('where a reviewed basemap is configured, our schematic rivers and roads give way to it', () => {
  const ids = styleOf({ basemap }).layers.map((l) => l.id);
  expect(ids).toContain('basemap');
  expect(ids).not.toContain('river');
  expect(ids).toContain('site-fill');
  expect(styleOf({}).layers.map((l) => l.id)).toContain('river');
});
