// The office's day: the ledger as it was written goes in; a boundary that cannot be is told where.
import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { describe, expect, test } from 'vitest';
import type { Board, Page as List, Project } from '../src/api/types';
import { visit, withBrowser, type Login, type Visit } from './harness';

withBrowser();

const own = fileURLToPath(new URL('./fixtures/台账-示例.csv', import.meta.url));
const real = fileURLToPath(new URL('../../../shared/fixtures/ledger/重点项目清单-亿元.xlsx', import.meta.url));

async function importing(login: Login, path: string, file: { name: string; mimeType: string; buffer: Buffer } | string): Promise<Visit> {
  const v = await visit(login);
  await v.page.goto(path);
  await v.page.locator('input[type=file]').setInputFiles(file);
  return v;
}
const board = async (v: Visit) => (await v.ask<Board>('/api/v1/board')).body;
const count = (text: string | undefined) => Number(/\d+/.exec(text ?? '')?.[0] ?? -1);

describe('the ledger', () => {
  test('is seen before it is kept, with the cells that are wrong; accepted, its projects are on the map', async () => {
    // New names each time: a ledger that is imported twice changes nothing.
    const mark = `浏览器测试 ${Date.now()}`;
    const v = await importing('admin', '/import', {
      name: '台账-示例.csv', mimeType: 'text/csv', buffer: Buffer.from((await readFile(own, 'utf8')).replaceAll('浏览器测试', mark)),
    });
    const was = (await board(v)).unlocated.length;
    await v.page.getByText('新增 3', { exact: true }).waitFor();
    await v.page.getByText('有误 2 行').waitFor();
    expect((await board(v)).unlocated.length).toBe(was);
    await v.shot('import-preview');
    await v.page.getByRole('radio', { name: '只看有误' }).click();
    const wrong = v.page.locator('tr.bad');
    expect(await wrong.count()).toBe(2);
    expect(await wrong.first().locator('.why').first().innerText()).not.toBe('');
    const [errors] = await Promise.all([v.page.waitForEvent('download'), v.page.getByRole('link', { name: '下载标注错误的表' }).click()]);
    expect((await readFile(await errors.path())).subarray(0, 2).toString()).toBe('PK');
    await v.page.getByRole('button', { name: /确认导入 3 项/ }).click();
    await v.page.getByText('新增 3 项，更新 0 项，不变 0 项，有误未导入 2 项').waitFor();
    await v.shot('import-done');

    await v.page.getByRole('link', { name: '看地图' }).click();
    await v.page.getByRole('searchbox').fill(mark);
    await expect.poll(() => v.page.locator('.side .row').count()).toBe(3);
    await v.page.locator('.side .row').first().click();
    await v.page.locator('aside.sheet').getByText('位置待定', { exact: false }).first().waitFor();
    await v.shot('map-unlocated');
    expect((await board(v)).unlocated.length).toBe(was + 3);
  });

  test.runIf(existsSync(real))('of the office, as it is: every line understood, none in error', async () => {
    const v = await importing('admin', '/import', real);
    const accept = v.page.getByRole('button', { name: /确认导入 \d+ 项/ });
    await accept.waitFor();
    const said = await v.page.locator('.counts').innerText();
    const [create, update, skip] = [/新增 (\d+)/, /更新 (\d+)/, /不变 (\d+)/].map((re) => count(re.exec(said)?.[0]));
    expect((create ?? 0) + (update ?? 0) + (skip ?? 0)).toBeGreaterThanOrEqual(41);
    expect(said).not.toContain('有误');
    await v.shot('import-real');
    if (await accept.isEnabled()) {
      await accept.click();
      await v.page.getByText('导入完成').waitFor();
    }
    const { items } = (await v.ask<List<Project>>('/api/v1/projects?q=食品&limit=100')).body;
    expect(items.length).toBeGreaterThan(0);
  });

  test('what is no table is told so, and nothing is kept', async () => {
    const v = await importing('admin', '/import', { name: '台账.xlsx', mimeType: 'application/octet-stream', buffer: Buffer.from('不是表格') });
    await v.page.getByRole('alert').waitFor();
    expect(await v.page.getByRole('alert').innerText()).toMatch(/[\u4e00-\u9fff]{4}/);
    await v.shot('import-refused');
  });
});

describe('a boundary', () => {
  test('that crosses itself is refused with the place where; mended, the project is on the map', async () => {
    const office = await visit('admin');
    const b = await board(office);
    const near = b.sites[0] as Board['sites'][number];
    const project = (
      await office.ask<Project>('/api/v1/projects', { method: 'POST', json: { name: `示例·浏览器测试 红线 ${Date.now()}`, area: near.county } })
    ).body;
    const v = await visit('land');
    const [lon, lat] = [near.at[0] + 0.02, near.at[1] + 0.02].map((n) => Math.round(n * 1000) / 1000) as [number, number];
    const ring = (points: [number, number][]) =>
      Buffer.from(JSON.stringify({ type: 'Polygon', coordinates: [[...points, points[0]]] }));
    const [w, s, e, n] = [lon, lat, lon + 0.004, lat + 0.004];

    await v.page.goto(`/projects/${project.id}`);
    await v.page.getByRole('heading', { level: 1 }).waitFor();
    await v.page.getByRole('button', { name: /新增点位|上传红线/ }).first().click();
    const dialog = v.page.getByRole('dialog');
    await dialog.locator('input[type=file]').setInputFiles({ name: '红线.geojson', mimeType: 'application/geo+json', buffer: ring([[w, s], [e, n], [e, s], [w, n]]) });
    await dialog.getByPlaceholder(/例：/).fill('浏览器测试');
    await dialog.getByRole('button', { name: '保存' }).click();
    await dialog.getByRole('alert').waitFor();
    const told = (await dialog.innerText()).replace(/\s+/g, ' ');
    expect(told).toMatch(/自相交/);
    // The diagonals of the bow tie meet in the middle.
    const spot = /问题位置 (\d+\.\d+), (\d+\.\d+)/.exec(told);
    expect(Number(spot?.[1])).toBeCloseTo(lon + 0.002, 5);
    expect(Number(spot?.[2])).toBeCloseTo(lat + 0.002, 5);
    await v.shot('boundary-crossing');

    await dialog.locator('input[type=file]').setInputFiles({ name: '红线.geojson', mimeType: 'application/geo+json', buffer: ring([[w, s], [e, s], [e, n], [w, n]]) });
    await dialog.getByRole('button', { name: '保存' }).click();
    await expect.poll(() => dialog.count()).toBe(0);
    const site = (await board(v)).sites.find(({ project_id }) => project_id === project.id);
    expect(site?.area_m2).toBeGreaterThan(100_000);
    await v.shot('boundary-saved');
    await v.page.goto(`/?site=${site?.id}`);
    await v.page.locator('aside.sheet h2').waitFor();
    await v.still();
    await v.shot('boundary-on-map');
  });
});
