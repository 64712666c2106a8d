// The inspector's day: at the gate with a phone, one thumb, and a network that comes and goes.
import { describe, expect, test } from 'vitest';
import type { BoardSite, Receipt } from '../src/api/types';
import { forget, logIn, picture, visit, withBrowser, type Manner, type Picture, type Visit } from './harness';

withBrowser();

/** Where the inspector's own first site is. */
let gate: { lon: number; lat: number };
async function atTheGate(): Promise<{ lon: number; lat: number }> {
  if (!gate) {
    const asking = await visit('inspector');
    const [site] = await asking.sites();
    if (!site) throw new Error('the demo inspector has no site');
    gate = { lon: site.at[0], lat: site.at[1] };
  }
  return gate;
}

async function phone(manner: Manner = {}): Promise<Visit> {
  const at = manner.at === undefined ? await atTheGate() : manner.at;
  const v = await visit('inspector', { size: 'phone', ...manner, at });
  await v.page.goto('/m');
  await v.page.locator('.shoot').waitFor();
  await v.page.locator('button.card').first().waitFor();
  return v;
}

/** Presses the one button and gives the camera's picture. */
async function take({ page }: Visit, bytes: Buffer, name = 'IMG_20261121.jpg', type = 'image/jpeg'): Promise<void> {
  const [camera] = await Promise.all([page.waitForEvent('filechooser'), page.locator('.shoot').tap()]);
  await camera.setFiles({ name, mimeType: type, buffer: bytes });
}

const short = ({ sha256 }: Picture) => `${sha256.slice(0, 4)} ${sha256.slice(4, 8)}`;
const settled = (v: Visit, p: Picture) => v.page.locator('li[data-state=receipted]', { hasText: short(p) }).waitFor({ timeout: 15_000 });
/** How many pictures' bytes the phone still holds. */
const held = ({ page }: Visit) =>
  page.evaluate(
    () =>
      new Promise<number>((resolve, reject) => {
        const open = indexedDB.open('guatu-m');
        open.onerror = () => reject(open.error);
        open.onsuccess = () => {
          const all = open.result.transaction('bytes').objectStore('bytes').count();
          all.onsuccess = () => (open.result.close(), resolve(all.result));
        };
      }),
  );
const installed = ({ page }: Visit) =>
  page.evaluate(async () => {
    const { active } = await navigator.serviceWorker.ready;
    if (active?.state !== 'activated') await new Promise((resolve) => active?.addEventListener('statechange', resolve, { once: true }));
  });

describe('at the gate', () => {
  test('a fresh phone: to the login and back, my sites, the nearest chosen with its distance', async () => {
    const at = await atTheGate();
    const v = await visit(null, { size: 'phone', at });
    await v.page.goto('/m');
    await v.page.waitForURL(/\/login\?next=%2Fm/);
    await v.shot('phone-login');
    await logIn(v.page, 'inspector');
    await v.page.waitForURL(/\/m$/);
    const mine = await v.sites();
    const nearest = mine[0] as BoardSite;
    await v.page.locator('button.card[aria-pressed=true]', { hasText: nearest.name }).waitFor();
    await expect.poll(() => v.page.locator('footer').innerText()).toMatch(/按定位自动选 · 距中心 \d+ 米（±12 米）/);
    expect(await v.page.locator('footer .name').innerText()).toContain(nearest.name);
    await v.shot('phone-sites');
  });

  test('one who walks to the next site is asked nothing; a pick by hand stays', async () => {
    const v = await phone();
    const [first, second] = await v.sites();
    if (!first || !second) throw new Error('the demo inspector needs two sites');
    await v.context.setGeolocation({ longitude: second.at[0], latitude: second.at[1], accuracy: 9 });
    await v.page.locator('button.card[aria-pressed=true]', { hasText: second.name }).waitFor();
    await v.page.locator('.change').tap();
    await v.shot('phone-pick');
    await v.page.getByRole('dialog').getByRole('button', { name: first.name }).tap();
    await expect.poll(() => v.page.locator('footer').innerText()).toContain('您选定的');
    await v.page.locator('.change').tap();
    await v.page.getByRole('dialog').getByRole('button', { name: '按定位自动选' }).tap();
    await expect.poll(() => v.page.locator('footer').innerText()).toContain(second.name);
  });

  test('a fix of a cell tower says how coarse it is', async () => {
    const at = await atTheGate();
    const v = await phone({ at: { ...at, lat: at.lat + 0.3, accuracy: 2300 } });
    await expect.poll(() => v.page.locator('footer').innerText()).toMatch(/最近的点位也在 [\d.]+ 公里外，请核对/);
    await v.shot('phone-far');
  });

  test('without a position the page asks for the site before the camera', async () => {
    const v = await phone({ at: null });
    await expect.poll(() => v.page.locator('footer').innerText()).toContain('没有定位权限');
    await v.page.locator('.shoot').tap();
    await v.page.getByRole('dialog').getByText('传到哪个点位？').waitFor();
    await v.shot('phone-no-position');
  });
});

describe('a photo', () => {
  test('is receipted under the fingerprint of the very bytes, and only then leaves the phone', async () => {
    const v = await phone();
    const [site] = await v.sites();
    const p = await picture(v.page);
    await take(v, p.bytes);
    await settled(v, p);
    await v.shot('phone-receipted');
    expect(await held(v)).toBe(0);
    const line = v.page.locator('details', { hasText: short(p) });
    await line.locator('summary').tap();
    await expect.poll(() => line.innerText()).toContain(p.sha256);
    await line.scrollIntoViewIfNeeded();
    await v.shot('phone-receipt');

    const { body } = await v.ask<{ items: { id: string; sha256: string; site_id: number; position: [number, number] | null; position_source: string }[] }>(`/api/v1/photos?mine=true&limit=5`);
    const stored = body.items.find(({ sha256 }) => sha256 === p.sha256);
    expect(stored?.site_id).toBe(site?.id);
    expect(stored?.position_source).toBe('browser');
    expect(stored?.position?.[0]).toBeCloseTo(gate.lon, 5);
    const receipt = (await v.ask<Receipt>(`/api/v1/photos/${stored?.id}/receipt`)).body;
    expect(receipt.sha256).toBe(p.sha256);
    await v.page.locator('button.card.kept', { hasText: site?.name ?? '' }).waitFor();
  });

  test('taken in airplane mode waits on the phone, survives a reload, and goes out by itself', async () => {
    const v = await phone();
    await installed(v);
    const [a, b] = [await picture(v.page), await picture(v.page)];
    await v.context.setOffline(true);
    await take(v, a.bytes);
    await take(v, b.bytes);
    await v.page.getByText('还有 2 张未传').waitFor();
    await v.page.locator('li', { hasText: '没传上去：网络断了' }).nth(1).waitFor();
    await v.page.getByText('已存在本机，恢复后自动续传').first().waitFor();
    await v.shot('phone-offline');
    await v.page.reload();
    await v.page.getByText('还有 2 张未传').waitFor();
    expect(await held(v)).toBe(2);
    await v.shot('phone-offline-reloaded');
    await v.context.setOffline(false);
    await settled(v, a);
    await settled(v, b);
    await expect.poll(() => v.page.getByText('张未传').count()).toBe(0);
    expect(await held(v)).toBe(0);
  });

  test('taken in airplane mode and brought home: the page is closed and opened again with a network', async () => {
    const v = await phone();
    await installed(v);
    const p = await picture(v.page);
    await v.context.setOffline(true);
    await take(v, p.bytes);
    await v.page.getByText('还有 1 张未传').waitFor();
    await v.page.close();
    await v.context.setOffline(false);
    const page = await v.context.newPage();
    await page.goto('/m');
    await page.locator('details', { hasText: short(p) }).waitFor({ timeout: 15_000 });
  });

  test('of a size that takes its time says how far it is', async () => {
    const v = await phone();
    const p = await picture(v.page, { width: 1600, height: 1200, noise: 255 });
    const devtools = await v.context.newCDPSession(v.page);
    await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 40, downloadThroughput: -1, uploadThroughput: p.bytes.length / 6 });
    await take(v, p.bytes);
    await v.page.getByText(/正在上传 [1-9]\d?%（[\d.]+ [KM]B \/ [\d.]+ [KM]B）/).waitFor({ timeout: 10_000 });
    await v.shot('phone-progress');
    await devtools.send('Network.emulateNetworkConditions', { offline: false, latency: 0, downloadThroughput: -1, uploadThroughput: -1 });
    await settled(v, p);
  });

  test('of a sort the server does not take says why and what to do, and holds up nobody', async () => {
    const v = await phone();
    const good = await picture(v.page);
    await take(v, Buffer.from('这不是照片'));
    await v.page.locator('li[data-why=not_an_image]', { hasText: '请重拍' }).waitFor();
    await v.shot('phone-refused');
    await take(v, good.bytes);
    await settled(v, good);
    expect(await held(v)).toBe(1);
    await v.page.getByRole('button', { name: '不要了' }).tap();
    await v.page.getByRole('button', { name: '撤销' }).tap();
    await v.page.getByRole('button', { name: '不要了' }).tap();
    await expect.poll(() => held(v), { timeout: 12_000 }).toBe(0);
  });

  test('waits as long as a busy server says', async () => {
    const v = await phone();
    const p = await picture(v.page);
    let asked = 0;
    await v.page.route('**/api/v1/photos/*?site=*', async (route) => {
      if (asked++ > 0) return route.continue();
      await route.fulfill({ status: 503, headers: { 'retry-after': '3', 'content-type': 'application/problem+json' }, body: '{"code":"busy"}' });
    });
    await take(v, p.bytes);
    await v.page.getByText(/服务器忙/).waitFor();
    await v.page.getByText(/已存在本机，[123] 秒后自动再传/).waitFor();
    await v.shot('phone-busy');
    await settled(v, p);
    expect(asked).toBe(2);
  });

  test('of a person whose login has ended waits for the login, and nothing is lost', async () => {
    forget('inspector');
    const v = await phone();
    const p = await picture(v.page);
    expect((await v.ask('/api/v1/sessions/current', { method: 'DELETE' })).status).toBe(204);
    forget('inspector');
    await take(v, p.bytes);
    await v.page.locator('li', { hasText: '没传上去：登录已过期' }).waitFor();
    await v.shot('phone-signed-out');
    await v.page.getByRole('button', { name: '重新登录' }).tap();
    await v.page.waitForURL(/\/login/);
    await logIn(v.page, 'inspector');
    await v.page.locator('details', { hasText: short(p) }).waitFor({ timeout: 15_000 });
    expect(await held(v)).toBe(0);
  });
});

describe('ground of others', () => {
  test('is neither on the page nor behind the address', async () => {
    const chief = await visit('commander');
    const all = await chief.sites();
    const v = await phone();
    const mine = new Set((await v.sites()).map(({ id }) => id));
    const foreign = all.filter(({ id }) => !mine.has(id));
    expect(mine.size).toBeGreaterThan(0);
    expect(foreign.length).toBeGreaterThan(mine.size);
    const text = await v.page.locator('body').innerText();
    for (const { name } of foreign) expect(text).not.toContain(name);
    const other = foreign[0] as BoardSite;
    expect((await v.ask(`/api/v1/sites/${other.id}`)).status).toBe(404);
    const { status, body } = await v.put(other.id, await picture(v.page));
    expect([status, body.code]).toEqual([404, 'not_found']);
  });

  test('a site that was taken away: the photo stays and can go to another', async () => {
    const v = await phone();
    const p = await picture(v.page);
    let sent = 0;
    await v.page.route('**/api/v1/photos/*?site=*', (route) =>
      route.continue(sent++ === 0 ? { url: route.request().url().replace(/site=\d+/, 'site=999999999') } : {}),
    );
    await take(v, p.bytes);
    await v.page.locator('li[data-why=not_found]').waitFor();
    await v.shot('phone-moved-away');
    await v.page.locator('.acts').getByRole('button', { name: '换点位' }).tap();
    await v.page.getByRole('dialog').locator('button.site').first().tap();
    await settled(v, p);
  });
});

describe.each(['phone', 'small'] as const)('on a %s', (size) => {
  test('every target is 56 px, nothing runs out of the page, axe is content', async () => {
    const v = await phone({ size });
    const tight = await v.page.evaluate(() =>
      [...document.querySelectorAll<HTMLElement>('button, a, summary, input:not([hidden])')]
        .filter((e) => e.offsetParent !== null && e.offsetHeight < 56)
        .map((e) => `${e.innerText || e.outerHTML.slice(0, 60)}: ${e.offsetHeight}`),
    );
    expect(tight).toEqual([]);
    expect(await v.page.evaluate(() => document.documentElement.scrollWidth - innerWidth)).toBeLessThanOrEqual(0);
    expect(await v.page.evaluate(() => document.documentElement.scrollHeight - innerHeight)).toBeLessThanOrEqual(0);
    expect(await v.axe()).toEqual([]);
    await v.page.locator('header button').tap();
    await v.page.getByRole('dialog').waitFor();
    expect(await v.axe()).toEqual([]);
    await v.shot(`phone-menu-${size}`);
  });
});
