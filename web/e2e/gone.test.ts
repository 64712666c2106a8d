// The server is killed under open pages: they say so, keep what they have, and recover by themselves.
import { afterAll, beforeAll, expect, test } from 'vitest';
import { picture, visit, withBrowser } from './harness';
import { Server } from './server';

withBrowser();

let server: Server;
beforeAll(async () => {
  server = await Server.start('serve');
}, 120_000);
afterAll(() => server.stop());

test('the map says that it is not live, and is again when the server is back', async () => {
  const v = await visit('commander', { url: server.url });
  await v.page.goto('/');
  await v.page.locator('.strip .alive').waitFor();
  await v.still();
  const count = await v.page.locator('.side .count strong').innerText();
  await server.kill();
  await v.page.locator('.strip .lost').waitFor({ timeout: 20_000 });
  expect(await v.page.locator('.side .count strong').innerText()).toBe(count);
  await v.shot('gone-map');
  await server.again();
  await v.page.locator('.strip .alive').waitFor({ timeout: 40_000 });
  await expect.poll(() => v.page.locator('.strip .lost').count(), { timeout: 20_000 }).toBe(0);
});

test('a page opened while the server is away fails in words, with a way to try again', async () => {
  const v = await visit('commander', { url: server.url });
  await v.page.goto('/projects');
  await v.page.locator('table.grid').waitFor();
  await server.kill();
  await v.page.getByRole('searchbox').fill('食品');
  await v.page.getByText('连不上服务器').waitFor();
  await v.shot('gone-projects');
  await server.again();
  await v.page.getByRole('button', { name: '重试' }).click();
  await expect.poll(() => v.page.getByText('连不上服务器').count()).toBe(0);
});

test('the phone keeps taking photos and brings them when the server is back', async () => {
  const asking = await visit('inspector', { url: server.url });
  const [site] = await asking.sites();
  if (!site) throw new Error('the demo inspector has no site');
  const v = await visit('inspector', { url: server.url, size: 'phone', at: { lon: site.at[0], lat: site.at[1] } });
  await v.page.goto('/m');
  await v.page.locator('button.card').first().waitFor();
  await server.kill();
  const p = await picture(v.page);
  const [camera] = await Promise.all([v.page.waitForEvent('filechooser'), v.page.locator('.shoot').tap()]);
  await camera.setFiles({ name: 'IMG.jpg', mimeType: 'image/jpeg', buffer: p.bytes });
  await v.page.getByText('连不上服务器。照样可以拍').waitFor();
  await v.page.getByText('还有 1 张未传').waitFor();
  await v.page.locator('li', { hasText: '没传上去：连不上服务器' }).waitFor();
  await v.shot('gone-phone');
  await server.again();
  await v.page.locator('details', { hasText: `${p.sha256.slice(0, 4)} ${p.sha256.slice(4, 8)}` }).waitFor({ timeout: 40_000 });
  await expect.poll(() => v.page.getByText('张未传').count()).toBe(0);
});
