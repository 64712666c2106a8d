import { expect, test } from 'vitest';
import { home, readView, writeView, type View } from './view';

const full: View = {
  camera: { lon: 114.01234, lat: 33.58, zoom: 12.5 },
  by: 'stage',
  filter: { q: '食品 & 产业园', today: ['late', 'waiting'], step: ['start'], county: ['411104', '411122'], batch: 'signed:13' },
  order: 'recent', site: 12, project: null, day: '2026-11-20',
};

test('a link brings back the view that made it', () => {
  expect(readView(writeView(full))).toEqual(full);
  expect(readView(writeView(home))).toEqual(home);
  expect(writeView(home)).toBe('');
});

test('the address stays readable, and others keep their keys', () => {
  expect(writeView({ ...home, filter: { ...home.filter, county: ['411104', '411122'], batch: 'signed:13' } })).toBe(
    '?county=411104,411122&batch=signed:13',
  );
  expect(writeView(home, '?lang=en&site=4')).toBe('?lang=en');
});

test.each([
  ['a place off the earth', '?at=200,33,9'],
  ['a place that is not one', '?at=1,2'],
  ['infinity', '?at=Infinity,1,1'],
  ['a colour nobody knows', '?by=mood'],
  ['states nobody knows', '?today=angry,&step=x'],
  ['a county by name', '?county=<script>'],
  ['an id that is not one', '?site=1e3&project=-4'],
  ['a day that does not exist', '?day=2026-02-30'],
  ['a batch without a number', '?batch=signed'],
])('not understood is not there: %s', (_, search) => expect(readView(search)).toEqual(home));
