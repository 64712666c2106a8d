// Opens the map as the commander again and again, each time in a fresh browser
// context, and prints one line of JSON for each: what the page said of itself.
// Environment: GUATU_WEB (folder with node_modules), GUATU_URL, GUATU_PASSWORD, GUATU_ROUNDS.
import { createRequire } from 'node:module';

const { chromium } = createRequire(process.env.GUATU_WEB + '/package.json')('playwright-core');
const base = process.env.GUATU_URL;
const browser = await chromium.launch({
  executablePath: process.env.CHROMIUM ?? '/usr/bin/chromium',
  args: [
    '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking',
    '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic',
  ],
});
try {
  const door = await browser.newContext({ baseURL: base });
  const page = await door.newPage();
  await page.goto('/login');
  await page.locator('input[name=username]').fill('commander');
  await page.locator('input[name=password]').fill(process.env.GUATU_PASSWORD);
  await page.locator('form button.main').click();
  await page.waitForURL((to) => !to.pathname.startsWith('/login'));
  const storageState = await door.storageState();
  await door.close();
  for (let round = 0; round < Number(process.env.GUATU_ROUNDS); round++) {
    const context = await browser.newContext({ baseURL: base, storageState, viewport: { width: 1920, height: 1080 }, locale: 'zh-CN', reducedMotion: 'reduce' });
    const page = await context.newPage();
    let bytes = 0;
    const session = await context.newCDPSession(page);
    await session.send('Network.enable');
    session.on('Network.loadingFinished', ({ encodedDataLength }) => (bytes += encodedDataLength));
    await page.goto('/');
    await page.waitForFunction(() => performance.getEntriesByName('guatu:map').length > 0, null, { timeout: 120_000, polling: 50 });
    const said = await page.evaluate(() => ({
      paint: performance.getEntriesByName('first-contentful-paint')[0]?.startTime ?? 0,
      idle: performance.getEntriesByName('guatu:map')[0].startTime,
    }));
    console.log(JSON.stringify({ ...said, bytes }));
    await context.close();
  }
} finally {
  await browser.close();
}
