// What every browser test needs: a browser, people who are logged in, pictures, and an eye for what goes wrong.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { fileURLToPath } from 'node:url';
import { chromium, type Browser, type BrowserContext, type BrowserContextOptions, type Page, type Request } from 'playwright-core';
import { afterAll, afterEach, beforeAll, expect, inject } from 'vitest';
import type { BoardSite, Me } from '../src/api/types';

export const password = process.env['GUATU_DEMO_PASSWORD'] ?? 'guatu-demo-2026';
export type Login = 'commander' | 'watcher' | 'inspector' | 'land' | 'forestry' | 'county' | 'auditor' | 'admin';

export const sizes = {
  wall: { width: 1920, height: 1080 },
  desk: { width: 1366, height: 768 },
  phone: { width: 390, height: 844 },
  small: { width: 360, height: 640 },
} as const;
export type Size = keyof typeof sizes;

const out = fileURLToPath(new URL('./out/', import.meta.url));
const axeSource = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
/** Debian's chromium, drawing WebGL in software, asking nobody but us. */
export const launch = () =>
  chromium.launch({
    executablePath: process.env['CHROMIUM'] ?? '/usr/bin/chromium',
    args: [
      '--no-sandbox', '--use-angle=swiftshader', '--enable-unsafe-swiftshader', '--disable-background-networking',
      '--disable-component-update', '--disable-sync', '--no-first-run', '--disable-quic',
    ],
  });

let browser: Browser | null = null;
let visits: Visit[] = [];
/** Cookies of people who have logged in, by server and login. */
const cookies = new Map<string, BrowserContextOptions['storageState']>();

/** The demo server's address. */
export const base = (): string => inject('base');

/** Call once at the head of a test file. */
export function withBrowser(): void {
  beforeAll(async () => {
    browser ??= await launch();
  });
  afterEach(async ({ task }) => {
    const seen = visits;
    visits = [];
    if (task.result?.state === 'fail') {
      for (const [i, visit] of seen.entries()) await visit.shot(`failed-${task.name.replace(/[^\w]+/g, '-').slice(0, 60)}-${i}`).catch(() => {});
    }
    const troubles = seen.flatMap((visit) => visit.troubles);
    await Promise.all(seen.map((visit) => visit.context.close()));
    expect(troubles).toEqual([]);
  });
  afterAll(async () => {
    await browser?.close();
    browser = null;
  });
}

export interface Manner {
  size?: Size;
  theme?: 'light' | 'dark';
  /** Where the phone is, and how sure of it; null refuses. */
  at?: { lon: number; lat: number; accuracy?: number } | null;
  url?: string;
}

/** A browser of its own for one person; nobody is logged in where login is null. */
export async function visit(login: Login | null, { size = 'desk', theme = 'light', at = null, url = base() }: Manner = {}): Promise<Visit> {
  if (!browser) throw new Error('call withBrowser() at the head of the file');
  const hand = size === 'phone' || size === 'small';
  const options: BrowserContextOptions = {
    baseURL: url, viewport: sizes[size], colorScheme: theme, locale: 'zh-CN', timezoneId: 'Asia/Shanghai', reducedMotion: 'reduce',
    ...(hand ? { hasTouch: true, isMobile: true, deviceScaleFactor: 2 } : {}),
    ...(at ? { geolocation: { longitude: at.lon, latitude: at.lat, accuracy: at.accuracy ?? 12 }, permissions: ['geolocation'] } : {}),
  };
  const key = `${url} ${login}`;
  const known = login ? cookies.get(key) : undefined;
  const context = await browser.newContext({ ...options, ...(known ? { storageState: known } : {}) });
  const visit = new Visit(context, await context.newPage());
  visits.push(visit);
  if (login && !known) {
    await logIn(visit.page, login);
    cookies.set(key, await context.storageState());
  }
  return visit;
}

/** Logs in through the door, as a person does. */
export async function logIn(page: Page, login: Login, secret = password): Promise<void> {
  if (!page.url().includes('/login')) await page.goto('/login');
  await page.getByLabel('账号').or(page.locator('input[name=username]')).first().fill(login);
  await page.locator('input[name=password]').fill(secret);
  await page.locator('form button.main').click();
  await page.waitForURL((to) => !to.pathname.startsWith('/login'));
}

/** Forgets a login that a test has ended. */
export function forget(login: Login, url = base()): void {
  cookies.delete(`${url} ${login}`);
}

export class Visit {
  /** What no page may do: throw, open a dialog, break its content policy, ask a foreign host. */
  troubles: string[] = [];
  #open = 0;
  #last = Date.now();

  constructor(readonly context: BrowserContext, readonly page: Page) {
    context.on('page', (other) => this.#watch(other));
    this.#watch(page);
  }

  /** Waits until nothing but the stream has been asked for half a second: tiles and pictures are there. */
  async still(): Promise<void> {
    const until = Date.now() + 10_000;
    while (Date.now() < until && (this.#open > 0 || Date.now() - this.#last < 500)) await this.page.waitForTimeout(100);
  }

  async shot(name: string): Promise<void> {
    mkdirSync(out, { recursive: true });
    await this.page.screenshot({ path: `${out}${name}.png`, animations: 'disabled' });
  }

  /** Asks the API as this visit's person; the answer's status and body. */
  async ask<T>(path: string, init: { method?: string; json?: unknown } = {}): Promise<{ status: number; body: T }> {
    if (this.page.url() === 'about:blank') await this.page.goto('/login');
    return this.page.evaluate(
      async ({ path, method, json }) => {
        const res = await fetch(path, {
          method: method ?? 'GET',
          ...(json === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(json) }),
        });
        const text = await res.text();
        return { status: res.status, body: text && res.headers.get('content-type')?.includes('json') ? JSON.parse(text) : text };
      },
      { path, ...init },
    );
  }

  async sites(): Promise<BoardSite[]> {
    return (await this.ask<{ sites: BoardSite[] }>('/api/v1/board')).body.sites;
  }

  async me(): Promise<Me> {
    return (await this.ask<Me>('/api/v1/me')).body;
  }

  /** Puts a picture as a program would; the answer. */
  async put(site: number | null, picture: Picture): Promise<{ status: number; body: { id: string; sha256: string; code?: string } }> {
    if (this.page.url() === 'about:blank') await this.page.goto('/login');
    return this.page.evaluate(
      async ({ site, base64, sha, id }) => {
        const bytes = Uint8Array.from(atob(base64), (c) => c.charCodeAt(0));
        const res = await fetch(`/api/v1/photos/${id}${site === null ? '' : `?site=${site}`}`, {
          method: 'PUT', body: bytes, headers: { 'content-type': 'image/jpeg', 'x-content-sha256': sha },
        });
        return { status: res.status, body: await res.json() };
      },
      { site, base64: picture.bytes.toString('base64'), sha: picture.sha256, id: uuid7() },
    );
  }

  /** Serious and critical findings of axe on the page as it is, in words. */
  async axe(): Promise<string[]> {
    await this.page.evaluate(axeSource);
    return this.page.evaluate(async () => {
      const { axe } = window as unknown as { axe: { run(where: Document, options: object): Promise<{ violations: Found[] }> } };
      interface Found { id: string; impact: string; help: string; nodes: { target: string[]; failureSummary: string }[] }
      const { violations } = await axe.run(document, { resultTypes: ['violations'] });
      return violations
        .filter(({ impact }) => impact === 'serious' || impact === 'critical')
        .map(({ id, help, nodes }) => `${id}: ${help}: ${nodes.slice(0, 3).map(({ target, failureSummary }) => `${target.join(' ')} (${failureSummary.replace(/\s+/g, ' ')})`).join(' | ')}`);
    });
  }

  #watch(page: Page): void {
    page.on('pageerror', (err) => this.troubles.push(`thrown: ${err.message}`));
    page.on('dialog', (dialog) => {
      this.troubles.push(`dialog: ${dialog.message()}`);
      void dialog.dismiss();
    });
    page.on('console', (message) => {
      if (/content security policy/i.test(message.text())) this.troubles.push(`policy: ${message.text()}`);
    });
    const asked = (n: number) => (request: Request) => {
      if (request.url().includes('/api/v1/stream')) return;
      this.#open += n;
      this.#last = Date.now();
    };
    page.on('request', asked(1));
    page.on('requestfinished', asked(-1));
    page.on('requestfailed', asked(-1));
    page.on('request', (request) => {
      const { protocol, hostname } = new URL(request.url());
      if (protocol.startsWith('http') && hostname !== '127.0.0.1') this.troubles.push(`foreign host: ${request.url()}`);
    });
  }
}

export interface Picture { bytes: Buffer; sha256: string }

let drawn = 0;
/** A JPEG that no other test has drawn, of about the given size. */
export async function picture(page: Page, { width = 1280, height = 960, noise = 0 } = {}): Promise<Picture> {
  const base64 = await page.evaluate(
    async ({ width, height, noise, n }) => {
      const canvas = Object.assign(document.createElement('canvas'), { width, height });
      const g = canvas.getContext('2d');
      if (!g) throw new Error('no canvas');
      g.fillStyle = '#9db7cf';
      g.fillRect(0, 0, width, height);
      g.fillStyle = '#b08d5b';
      g.fillRect(0, height * 0.6, width, height * 0.4);
      g.fillStyle = '#d9d4c8';
      for (let i = 0; i < 5; i++) g.fillRect(width * (0.1 + i * 0.17), height * (0.25 + ((n + i) % 3) * 0.08), width * 0.11, height * 0.5);
      if (noise) {
        const spots = g.getImageData(0, 0, width, height);
        for (let i = 0; i < spots.data.length; i += 4) spots.data[i] = (spots.data[i] ?? 0) ^ (Math.random() * noise);
        g.putImageData(spots, 0, 0);
      }
      g.fillStyle = '#15202b';
      g.font = `${height / 14}px sans-serif`;
      g.fillText(`示例工地 ${n} · ${Date.now()}`, width * 0.06, height * 0.92);
      const blob = await new Promise<Blob | null>((resolve) => canvas.toBlob(resolve, 'image/jpeg', 0.9));
      if (!blob) throw new Error('no picture');
      let text = '';
      for (const b of new Uint8Array(await blob.arrayBuffer())) text += String.fromCharCode(b);
      return btoa(text);
    },
    { width, height, noise, n: drawn++ },
  );
  const bytes = Buffer.from(base64, 'base64');
  return { bytes, sha256: createHash('sha256').update(bytes).digest('hex') };
}

function uuid7(): string {
  const hex = Date.now().toString(16).padStart(12, '0') + '7' + createHash('sha256').update(String(Math.random())).digest('hex').slice(0, 3) + 'a' + createHash('sha256').update(String(Math.random())).digest('hex').slice(0, 15);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
