import { cleanup, fireEvent, render, screen, waitFor, within } from '@testing-library/svelte';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { BoardSite } from '../api/types';
import { go } from '../lib/route.svelte';
import { dayOf } from '../lib/time';
import { problem, serve, stream } from '../test-server';
import MapPage from './MapPage.svelte';

const now = Date.now();
const iso = (hoursAgo: number) => new Date(now - hoursAgo * 3_600_000).toISOString();
const site = (id: number, name: string, county: string, photos_today: number, last: string | null): BoardSite => ({
  id, county, project_id: id, name, project: name, stage: 'started', batches: [], industry: '食品', invest_wan: id * 1000, area_m2: 1000,
  at: [114, 33.6], schematic: true, photos_today, last_photo_at: last,
});
const board = {
  date: dayOf(now), version: 'v1', counts: {},
  sites: [
    site(1, '甲厂', '411102', 0, iso(100)),
    site(2, '<img src=x onerror=alert(1)>', '411104', 0, iso(90)),
    site(3, '丙园', '411104', 2, new Date(now - 1000).toISOString()),
  ],
  unlocated: [{ project_id: 9, name: '丁项目', stage: 'idea', area: { code: '411104', name: '召陵区' }, invest_wan: null }],
};
const answers = {
  'GET /api/v1/map': {
    city: { code: '411100', name: '漯河市' }, bounds: [113.4, 33.3, 114.3, 33.9], basemap: null, version: { site: 'v1', backdrop: 'b' }, schematic: true,
  },
  'GET /api/v1/areas': {
    items: [
      { code: '411102', name: '源汇区', level: 'county', parent: '411100', at: [114, 33.5] },
      { code: '411104', name: '召陵区', level: 'county', parent: '411100', at: [114.1, 33.6] },
    ],
  },
  'GET /api/v1/board': board,
};

let live: ReturnType<typeof stream>;
let server: ReturnType<typeof serve>;
const open = (more: Record<string, unknown> = {}) => {
  live = stream();
  server = serve({ ...answers, 'GET /api/v1/stream': () => live.response(), ...more });
  return render(MapPage);
};
const rows = () => within(screen.getByRole('listbox')).queryAllByRole('option').map((o) => o.querySelector('.name')?.textContent);
const legend = () => within(screen.getByRole('region', { name: '图例、筛选与列表' }));

beforeEach(() => go('/', { replace: true }));
afterEach(() => {
  cleanup();
  server.restore();
});

test('the list puts first what needs a look, and the unlocated last, under their own caption', async () => {
  open();
  await screen.findByText('甲厂');
  expect(rows()).toEqual(['<img src=x onerror=alert(1)>', '甲厂', '丙园', '丁项目']);
  expect(document.querySelector('img[src="x"]')).toBeNull();
  expect(screen.getByText('已在台账，尚无红线')).toBeTruthy();
  expect(document.querySelector('.strip')?.textContent?.replace(/\s+/g, ' ')).toContain('1/3 已传');
});

test('where the browser cannot draw a map, the page says so and the list works', async () => {
  open();
  await screen.findByText(/画不了地图/, undefined, { timeout: 10_000 });
  await screen.findByText('甲厂');
});

test('a click on the legend narrows the list and stands in the address; the county counts follow', async () => {
  open();
  await screen.findByText('甲厂');
  await fireEvent.click(legend().getByRole('button', { name: /断传/ }));
  expect(rows()).toEqual(['<img src=x onerror=alert(1)>', '甲厂']);
  expect(location.search).toBe('?today=late');
  expect(legend().getByRole('button', { name: /召陵区/ }).textContent).toContain('1');
  expect(server.asked.filter((a) => a.path === '/api/v1/board')).toHaveLength(1);
  await fireEvent.click(legend().getByRole('button', { name: '清除筛选' }));
  expect(rows()).toHaveLength(4);
  expect(location.search).toBe('');
});

test('a photo that arrives is counted without a reload, once', async () => {
  open();
  await screen.findByText('甲厂');
  const said = { verb: 'photo.received', at: new Date().toISOString(), county: '411102', project_id: 1, site_id: 1, subject: 'x', data: {} };
  live.say('photo.received', 41, { id: '41', ...said });
  live.say('photo.received', 41, { id: '41', ...said });
  await waitFor(() => expect(document.querySelector('.strip')?.textContent?.replace(/\s+/g, ' ')).toContain('2/3 已传'));
  expect(document.querySelector('.strip')?.textContent).toContain('照片 3');
  expect(server.asked.filter((a) => a.path === '/api/v1/board')).toHaveLength(1);
});

test('keys: / searches, j and Enter choose, Escape closes', async () => {
  open();
  await screen.findByText('甲厂');
  await fireEvent.keyDown(document.body, { key: 'j' });
  await fireEvent.keyDown(document.body, { key: 'j' });
  await fireEvent.keyDown(document.body, { key: 'Enter' });
  await waitFor(() => expect(location.search).toBe('?site=1'));
  expect(screen.getByRole('complementary', { name: '点位详情' })).toBeTruthy();
  go('/?site=1&at=114,33.6,12', { replace: true });
  await new Promise((r) => setTimeout(r, 50));
  expect(server.asked.filter((a) => a.path === '/api/v1/sites/1'), 'moving the map asks nothing').toHaveLength(1);
  await fireEvent.keyDown(document.body, { key: 'Escape' });
  expect(location.search).not.toContain('site=');
});

test('a board that fails says so in words and is asked for again', async () => {
  let broken = true;
  open({ 'GET /api/v1/board': () => (broken ? problem(503, 'busy', '系统正忙，请稍后再试') : board) });
  await screen.findByText('系统正忙，请稍后再试');
  broken = false;
  await fireEvent.click(within(screen.getByRole('alert')).getByRole('button', { name: '重试' }));
  await screen.findByText('甲厂');
});

test('an empty city says what to do next', async () => {
  open({ 'GET /api/v1/board': { ...board, sites: [], unlocated: [] } });
  await screen.findByText('还没有项目');
});

test('ten thousand sites are a few rows of the page', async () => {
  open({ 'GET /api/v1/board': { ...board, sites: Array.from({ length: 10_000 }, (_, i) => site(i + 1, '点位' + i, '411104', 1, iso(1))) } });
  await waitFor(() => expect(rows().length).toBeGreaterThan(5));
  expect(rows().length).toBeLessThan(60);
});
