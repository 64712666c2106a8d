// The commander's day: the wall, the list, one site, a link to pass on.
import type { Page } from 'playwright-core';
import { describe, expect, test } from 'vitest';
import type { Board, BoardSite } from '../src/api/types';
import { judgeToday, steps } from '../src/lib/board';
import { logIn, picture, visit, withBrowser, type Manner, type Visit } from './harness';

withBrowser();

/** The commander before the map, once list and tiles are there. */
async function map(path = '/', manner: Manner = {}): Promise<Visit> {
  const v = await visit('commander', manner);
  const drawn = tiles(v.page);
  await v.page.goto(path);
  await ready(v.page);
  await drawn;
  return v;
}
const ready = (page: Page) => page.locator('.strip strong').first().waitFor();
const tiles = (page: Page) => page.waitForResponse((res) => res.url().includes('/tiles/') && res.url().includes('.mvt') && res.ok());
const located = ({ page }: Visit) => page.locator('.side .count strong').innerText().then(Number);
const board = async (v: Visit) => (await v.ask<Board>('/api/v1/board')).body;
const row = ({ page }: Visit, name: string) => page.locator('.side .row').filter({ has: page.locator('.name', { hasText: name }) }).first();
const sheet = ({ page }: Visit) => page.locator('aside.sheet');
const still = (v: Visit) => v.still();
/** The site whose photos tell most, so that there is something to see. */
const busiest = (b: Board) => b.sites.filter(({ invest_wan }) => invest_wan !== null).sort((x, y) => (y.last_photo_at ?? '').localeCompare(x.last_photo_at ?? ''))[0] as BoardSite;

describe('the map', () => {
  test('after the login: all 84 sites, the day in one line, every lamp counted', async () => {
    const v = await visit(null, { size: 'wall', theme: 'dark' });
    await v.page.goto('/');
    await v.page.waitForURL(/\/login/);
    await v.shot('login-wall');
    await logIn(v.page, 'commander');
    await ready(v.page);
    const b = await board(v);
    expect(b.sites).toHaveLength(84);
    expect(await located(v)).toBe(84);
    const kept = b.sites.filter(({ photos_today }) => photos_today > 0).length;
    await expect.poll(() => v.page.locator('.strip').innerText()).toContain(`${kept}/84`);
    const lamps = await v.page.locator('header .lamps .num').allInnerTexts();
    expect(lamps.map(Number).reduce((a, n) => a + n)).toBe(84 + b.unlocated.length);
    await still(v);
    await v.shot('map-wall-dark');
  });

  test('coloured by stage and by today; a click on the legend narrows map and list', async () => {
    const v = await map();
    const b = await board(v);
    const now = Date.now();
    const late = b.sites.filter((s) => judgeToday(s, b.date, now) === 'late');
    expect(late.length).toBeGreaterThan(0);
    await still(v);
    const before = await v.page.locator('.ground canvas').screenshot();
    const legend = v.page.locator('.side .legend');
    await legend.getByRole('button', { name: /断传/ }).click();
    expect(await located(v)).toBe(late.length);
    await expect.poll(() => new URL(v.page.url()).searchParams.get('today')).toBe('late');
    await still(v);
    expect(Buffer.compare(before, await v.page.locator('.ground canvas').screenshot())).not.toBe(0);
    await v.shot('map-legend-late');
    await v.page.getByRole('button', { name: '清除筛选' }).click();
    expect(await located(v)).toBe(84);
    await v.page.getByRole('radio', { name: '阶段' }).click();
    await expect.poll(() => legend.locator('button').count()).toBe(steps.length);
    const counts = (await legend.locator('.num').allInnerTexts()).map(Number);
    expect(counts.reduce((a, n) => a + n)).toBe(b.sites.length + b.unlocated.length);
    await still(v);
    await v.shot('map-stage');
  });

  test('what is under the pointer opens', async () => {
    const finding = await visit('commander');
    const site = [...(await finding.sites())].sort((a, b) => b.area_m2 - a.area_m2)[0] as BoardSite;
    const v = await map(`/?at=${site.at[0]},${site.at[1]},15`);
    await still(v);
    // The middle of what list and strip leave free is where `at` points to.
    const spot = await v.page.evaluate(() => ({ x: innerWidth / 2, y: 48 + (innerHeight - 48) / 2 }));
    await v.shot('map-close');
    await v.page.mouse.click(spot.x, spot.y);
    await expect.poll(() => sheet(v).locator('h2').innerText()).toBe(site.name);
  });
});

describe('one site', () => {
  test('found by search: facts, telephones, area in 亩 and 公顷, photos with taken and received', async () => {
    const v = await map();
    const site = busiest(await board(v));
    await v.page.getByRole('searchbox').fill(site.name);
    await expect.poll(() => located(v)).toBeLessThan(10);
    await row(v, site.name).click();
    const text = async () => (await sheet(v).innerText()).replace(/\s+/g, ' ');
    await expect.poll(text).toContain(site.name);
    await expect.poll(text).toMatch(/用地面积 [\d.,]+ 亩 [\d.,]+ 公顷/);
    await expect.poll(text).toMatch(site.invest_wan === null ? /总投资 未填/ : /总投资 [\d.,]+ (亿元|万元)/);
    await expect.poll(() => sheet(v).locator('a[href^="tel:"]').count()).toBeGreaterThan(0);
    await sheet(v).locator('.times').first().waitFor();
    expect(await sheet(v).locator('.times').first().innerText()).toMatch(/拍摄[\s\S]+收到/);
    await expect.poll(() => sheet(v).locator('.wall img').first().evaluate((img: HTMLImageElement) => img.naturalWidth), { timeout: 30_000 }).toBeGreaterThan(0);
    await still(v);
    await v.shot('map-sheet');
    await sheet(v).locator('.wall button').first().click();
    await v.page.locator('.pswp--open').waitFor();
    await still(v);
    await v.shot('map-photo');
    await v.page.keyboard.press('Escape');
    await sheet(v).getByRole('link', { name: /项目页面/ }).click();
    await v.page.waitForURL(/\/projects\/\d+/);
    await v.page.getByRole('heading', { level: 1 }).waitFor();
    await still(v);
    await v.shot('project-page');
  });

  test('a link says the same to whoever opens it', async () => {
    const v = await map();
    const site = busiest(await board(v));
    await v.page.locator('.side .legend').getByRole('button').first().waitFor();
    await v.page.getByRole('group', { name: '县区' }).getByRole('button').first().click();
    await v.page.getByRole('radio', { name: '阶段' }).click();
    await v.page.getByRole('button', { name: '清除筛选' }).click();
    await v.page.getByRole('group', { name: '今日上传' }).last().getByRole('button', { name: /未传|断传|已传/ }).first().click();
    await v.page.goto(`${v.page.url()}${v.page.url().includes('?') ? '&' : '?'}site=${site.id}`);
    await ready(v.page);
    await sheet(v).locator('h2').waitFor();
    await still(v);
    const url = v.page.url();
    const seen = { count: await located(v), title: await sheet(v).locator('h2').innerText(), pressed: await pressed(v) };
    expect(new URL(url).searchParams.get('at')).toBeTruthy();

    const other = await visit('watcher');
    await other.page.goto(url);
    await ready(other.page);
    await sheet(other).locator('h2').waitFor();
    await still(other);
    expect({ count: await located(other), title: await sheet(other).locator('h2').innerText(), pressed: await pressed(other) }).toEqual(seen);
    expect(other.page.url()).toBe(url);
  });
});
const pressed = ({ page }: Visit) => page.locator('.side [aria-pressed=true], .side [aria-checked=true]').allInnerTexts();

test('a photo from the field is on the open map within two seconds, without a reload', async () => {
  const v = await map();
  const field = await visit('inspector', { size: 'phone' });
  const mine = await field.sites();
  const site = mine.find(({ photos_today }) => photos_today === 0) ?? (mine[0] as BoardSite);
  await v.page.locator('.strip .alive').waitFor();
  await v.page.goto(`/?site=${site.id}`);
  await ready(v.page);
  await v.page.locator('.strip .alive').waitFor();
  await sheet(v).locator('h2').waitFor();
  const photos = () => v.page.locator('.strip p', { hasText: '照片' }).locator('strong').innerText().then(Number);
  const shown = () => sheet(v).locator('.wall li').count();
  const [before, onSheet] = [await photos(), await shown()];
  await v.page.evaluate(() => Object.assign(window, { neverReloaded: true }));
  // A machine that draws maps in software may stumble; the best of three may not.
  const took: number[] = [];
  while (took.length < 3 && !took.some((ms) => ms < 2_000)) {
    const p = await picture(field.page);
    expect((await field.put(site.id, p)).status).toBe(201);
    const received = Date.now();
    await expect.poll(photos, { interval: 40, timeout: 15_000 }).toBe(before + took.length + 1);
    took.push(Date.now() - received);
  }
  expect(Math.min(...took)).toBeLessThan(2_000);
  expect(await v.page.locator('.strip .last').innerText()).toContain(site.name);
  await expect.poll(shown).toBe(onSheet + took.length);
  await expect.poll(() => sheet(v).locator('.wall img').first().evaluate((img: HTMLImageElement) => img.naturalWidth), { timeout: 20_000 }).toBeGreaterThan(0);
  expect(await v.page.evaluate(() => 'neverReloaded' in window)).toBe(true);
  await v.shot('map-live');
});

test('English by switch, and remembered', async () => {
  const v = await map();
  await v.page.locator('summary[aria-label]').click();
  await v.page.getByRole('radio', { name: 'English' }).click();
  await v.page.getByRole('link', { name: 'Projects' }).waitFor();
  expect(await v.page.evaluate(() => document.documentElement.lang)).toBe('en');
  await v.page.keyboard.press('Escape');
  await v.page.reload();
  await ready(v.page);
  await v.page.getByRole('link', { name: 'Projects' }).waitFor();
  // What the page itself says is English; names of projects and places stay as they are.
  const chrome = await v.page.locator('nav, .side .legend, .strip .quiet, .lamps').allInnerTexts();
  expect(chrome.join(' ')).not.toMatch(/[\u4e00-\u9fff]/);
  await still(v);
  await v.shot('map-english');
});

test('the keyboard alone: search, walk, open, close, colour, help', async () => {
  const v = await map();
  const b = await board(v);
  const { keyboard } = v.page;
  const search = async () => {
    await keyboard.press('/');
    await expect.poll(() => v.page.getByRole('searchbox').evaluate((field) => field === document.activeElement)).toBe(true);
  };
  await search();
  const name = (b.sites[3] as BoardSite).name;
  await keyboard.type(name.slice(0, 8));
  await expect.poll(() => located(v)).toBeLessThan(84);
  await keyboard.press('Enter');
  await sheet(v).locator('h2').waitFor();
  await keyboard.press('Escape');
  await keyboard.press('Escape');
  await expect.poll(() => sheet(v).count()).toBe(0);
  await search();
  await keyboard.press('Control+A');
  await keyboard.press('Delete');
  await expect.poll(() => located(v)).toBe(84);
  await keyboard.press('ArrowDown');
  for (const key of ['ArrowDown', 'ArrowDown', 'ArrowUp', 'Enter']) await keyboard.press(key);
  await sheet(v).locator('h2').waitFor();
  expect(await v.page.locator('.row.cursor .name').innerText()).toBe(await sheet(v).locator('h2').innerText());
  await keyboard.press('Escape');
  await expect.poll(() => sheet(v).count()).toBe(0);
  await v.page.evaluate(() => (document.activeElement as HTMLElement | null)?.blur());
  await keyboard.press('c');
  await expect.poll(() => new URL(v.page.url()).searchParams.get('by')).toBe('stage');
  await keyboard.press('?');
  await v.page.getByRole('dialog').getByText('快捷键').waitFor();
  await v.shot('map-keys');
  await keyboard.press('Escape');
  // Everything that a pointer can press, Tab reaches.
  const reached = new Set<string>();
  for (let i = 0; i < 60; i++) {
    await keyboard.press('Tab');
    reached.add(await v.page.evaluate(() => {
      const at = document.activeElement;
      return at?.closest('.strip') ? 'strip' : at?.closest('.side') ? 'side' : at?.closest('header') ? 'bar' : at?.tagName === 'CANVAS' ? 'map' : 'other';
    }));
  }
  expect([...reached]).toEqual(expect.arrayContaining(['bar', 'side', 'map', 'strip']));
});

test('ten thousand sites: the list answers at once', async () => {
  const v = await visit('commander');
  const real = (await v.ask<Board>('/api/v1/board')).body;
  const sites = Array.from({ length: 10_000 }, (_, i): BoardSite => ({
    ...(real.sites[i % real.sites.length] as BoardSite), id: 1_000_000 + i, name: `示例点位 ${i}`, photos_today: i % 3,
  }));
  await v.page.route('**/api/v1/board**', (route) => route.fulfill({ json: { ...real, sites } }));
  await v.page.goto('/');
  await ready(v.page);
  expect(await located(v)).toBe(10_000);
  expect(await v.page.locator('.side .row').count()).toBeLessThan(120);
  const took: number[] = [];
  for (const n of ['9999', '4321', '1234']) {
    const begun = Date.now();
    await v.page.getByRole('searchbox').fill(`示例点位 ${n}`);
    await expect.poll(() => located(v), { interval: 30, timeout: 10_000 }).toBe(1);
    took.push(Date.now() - begun);
    await v.page.getByRole('searchbox').fill('');
    await expect.poll(() => located(v), { timeout: 10_000 }).toBe(10_000);
  }
  expect(Math.min(...took)).toBeLessThan(2_000);
  await still(v);
  await v.shot('map-10000');
});
