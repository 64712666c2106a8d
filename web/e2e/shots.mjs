// `node e2e/shots.mjs`: the current set of screenshots, every page at three sizes in both themes, into e2e/out/shots.
// It takes a running server: GUATU_E2E_URL, or http://127.0.0.1:8484 as `guatu dev` serves it.
import { mkdirSync } from 'node:fs';
import { chromium } from 'playwright-core';

const base = process.env.GUATU_E2E_URL ?? 'http://127.0.0.1:8484';
const password = process.env.GUATU_DEMO_PASSWORD ?? 'guatu-demo-2026';
const out = new URL('./out/shots/', import.meta.url).pathname;
const sizes = { '1920x1080': [1920, 1080], '1366x768': [1366, 768], '390x844': [390, 844] };
const pages = [
  ['login', null, () => '/login'],
  ['map', 'commander', () => '/'],
  ['map-stage', 'commander', () => '/?by=stage'],
  ['sheet', 'commander', ({ site }) => `/?site=${site.id}`],
  ['projects', 'commander', () => '/projects'],
  ['project', 'commander', ({ site }) => `/projects/${site.project_id}`],
  ['import', 'admin', () => '/import'],
  ['people', 'admin', () => '/people'],
  ['devices', 'commander', () => '/devices'],
  ['phone', 'inspector', () => '/m'],
];

mkdirSync(out, { recursive: true });
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic',
  ],
});
const states = new Map();
async function state(login) {
  if (!states.has(login)) {
    const context = await browser.newContext({ baseURL: base });
    const page = await context.newPage();
    await page.goto('/login');
    await page.locator('input[name=username]').fill(login);
    await page.locator('input[name=password]').fill(password);
    await page.locator('form button.main').click();
    await page.waitForURL((to) => !to.pathname.startsWith('/login'));
    const { sites } = await page.evaluate(async () => (await fetch('/api/v1/board')).json());
    states.set(login, { storageState: await context.storageState(), sites });
    await context.close();
  }
  return states.get(login);
}

let made = 0;
const wanted = process.argv.slice(2);
for (const [name, login, path] of pages) {
  if (wanted.length > 0 && !wanted.includes(name)) continue;
  for (const theme of ['light', 'dark']) {
    for (const [size, [width, height]] of Object.entries(sizes)) {
      const known = login ? await state(login) : null;
      const site = known?.sites.toSorted((a, b) => (b.last_photo_at ?? '').localeCompare(a.last_photo_at ?? ''))[0];
      const hand = width < 700;
      const context = await browser.newContext({
        baseURL: base, viewport: { width, height }, colorScheme: theme, locale: 'zh-CN', timezoneId: 'Asia/Shanghai',
        ...(hand ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
        ...(known ? { storageState: known.storageState } : {}),
        ...(site ? { geolocation: { longitude: site.at[0], latitude: site.at[1], accuracy: 12 }, permissions: ['geolocation'] } : {}),
      });
      const page = await context.newPage();
      let open = 0;
      let last = Date.now();
      const asked = (n) => (request) => {
        if (!request.url().includes('/api/v1/stream')) [open, last] = [open + n, Date.now()];
      };
      page.on('request', asked(1)).on('requestfinished', asked(-1)).on('requestfailed', asked(-1));
      const at = path({ site });
      await page.goto(`${at}${at.includes('?') ? '&' : '?'}theme=${theme}`);
      const patience = Date.now() + 20_000;
      do await page.waitForTimeout(200);
      while (Date.now() < patience && (open > 0 || Date.now() - last < 1500));
      await page.screenshot({ path: `${out}${name}-${theme}-${size}.png`, animations: 'disabled' });
      await context.close();
      made++;
    }
  }
}
await browser.close();
console.log(`${made} screenshots in ${out}`);
