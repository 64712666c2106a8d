// Every page, in both themes, at the desk and in the hand: axe finds nothing serious, nothing runs off the side.
import { describe, expect, test } from 'vitest';
import type { Page as List, Project } from '../src/api/types';
import { visit, withBrowser, type Login, type Size } from './harness';

withBrowser();

const pages: [string, Login | null, string, string][] = [
  ['login', null, '/login', 'form'],
  ['map', 'commander', '/', '.strip strong'],
  ['sheet', 'commander', '/?site=1', 'aside.sheet dl'],
  ['projects', 'commander', '/projects', 'table.grid'],
  ['project', 'commander', '/projects/1', 'main h1'],
  ['import', 'admin', '/import', 'label.drop'],
  ['people', 'admin', '/people', 'table.grid'],
  ['devices', 'watcher', '/devices', 'main li, main td'],
  ['nowhere', 'watcher', '/no/such/page', 'main .title'],
  ['phone', 'inspector', '/m', 'button.card'],
];

describe.each<['light' | 'dark', Size]>([['light', 'desk'], ['dark', 'desk'], ['light', 'phone']])('%s on a %s', (theme, size) => {
  test.each(pages)('%s', async (name, login, path, sign) => {
    const v = await visit(login, { theme, size });
    let at = path;
    if (name === 'sheet') at = `/?site=${(await v.sites())[0]?.id}`;
    if (name === 'project') at = `/projects/${(await v.ask<List<Project>>('/api/v1/projects?limit=1')).body.items[0]?.id}`;
    await v.page.goto(`${at}${at.includes('?') ? '&' : '?'}theme=${theme}`);
    await v.page.locator(sign).first().waitFor();
    await v.page.waitForTimeout(400);
    await v.shot(`${name}-${theme}-${size}`);
    expect(await v.axe()).toEqual([]);
    expect(await v.page.evaluate(() => document.documentElement.scrollWidth - innerWidth), 'runs off the side').toBeLessThanOrEqual(0);
  });
});
