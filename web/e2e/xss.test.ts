// Names that are programs: whatever people write, pages show it as text (promises S6).
import { expect, test } from 'vitest';
import type { Board, Project, Site } from '../src/api/types';
import { visit, withBrowser, type Visit } from './harness';

withBrowser();

// The manner of the Big List of Naughty Strings: markup, handlers, templates, escapes, scripts of other alphabets.
const strings = [
  '<img src=x onerror=alert(1)>',
  '"><script>alert(2)</script>',
  "' onmouseover='alert(3)' x='",
  '<svg/onload=alert(4)>',
  'javascript:alert(5)//',
  '{{constructor.constructor("alert(6)")()}}',
  '${alert(7)}`${alert(8)}`',
  '</textarea></title><iframe srcdoc="<script>parent.alert(9)</script>">',
  '&lt;b&gt;&amp;quot;',
  '%3Cimg%20src%3Dx%20onerror%3Dalert(10)%3E',
  "Robert'); DROP TABLE project;--",
  '../../../../etc/passwd',
  'Ω≈ç√∫˜µ≤≥÷ 👩‍👩‍👧‍👦 ﷽ 田中さん ßẞ İı',
  'undefined null NaN 0/0 true -1',
];

async function make(v: Visit, names: string[]): Promise<{ project: Project; site: Site }[]> {
  const { sites } = (await v.ask<Board>('/api/v1/board')).body;
  const [lon, lat] = (sites[0] as Board['sites'][number]).at;
  const county = (sites[0] as Board['sites'][number]).county;
  const made: { project: Project; site: Site }[] = [];
  for (const [i, name] of names.entries()) {
    const { status, body: project } = await v.ask<Project>('/api/v1/projects', {
      method: 'POST', json: { name, area: county, invest_wan: 10_000, industry: name, owner_unit: name, note: name, stage: 'building' },
    });
    expect(status, `${name}: ${JSON.stringify(project)}`).toBe(201);
    const [w, s] = [lon + 0.03 + i * 0.002, lat + 0.03];
    const ring = [[w, s], [w + 0.001, s], [w + 0.001, s + 0.001], [w, s + 0.001], [w, s]];
    const answer = await v.ask<Site>('/api/v1/sites', {
      method: 'POST', json: { project_id: project.id, county, name, boundary: { type: 'Polygon', coordinates: [ring] }, reason: name },
    });
    expect(answer.status, JSON.stringify(answer.body)).toBe(201);
    made.push({ project, site: answer.body });
  }
  return made;
}

const quiet = ({ page }: Visit) => page.evaluate(() => document.querySelectorAll('img[src="x"], iframe, script:not([src])').length);

test('in the list, the sheet, the project, the table, the import and the phone', async () => {
  const v = await visit('admin');
  const names = strings.map((s) => `${s} ${Date.now()}`);
  const made = await make(v, names);
  await v.page.goto('/');
  await v.page.locator('.strip strong').first().waitFor();
  for (const { site } of made) {
    await v.page.goto(`/?site=${site.id}`);
    await v.page.locator('aside.sheet h2').waitFor();
    await expect.poll(() => v.page.locator('aside.sheet h2').innerText()).toBe(site.name);
    expect(await quiet(v)).toBe(0);
  }
  await v.page.getByRole('searchbox').fill('alert');
  await expect.poll(() => v.page.locator('.side .row').count()).toBeGreaterThan(5);
  await v.page.locator('.side .row').first().hover();
  await v.shot('xss-map');
  for (const { project } of made.slice(0, 5)) {
    await v.page.goto(`/projects/${project.id}`);
    await expect.poll(() => v.page.getByRole('heading', { level: 1 }).innerText()).toContain(project.name);
    expect(await quiet(v)).toBe(0);
  }
  await v.shot('xss-project');
  await v.page.goto('/projects?q=alert');
  await v.page.getByRole('link', { name: names[0] as string }).waitFor();
  expect(await quiet(v)).toBe(0);

  const csv = ['项目名称,县区,总投资（亿元）,建设单位', ...names.map((name) => `"${name.replaceAll('"', '""')}",召陵区,1,"${name.replaceAll('"', '""')}"`)].join('\n');
  await v.page.goto('/import');
  await v.page.locator('input[type=file]').setInputFiles({ name: '<img src=x onerror=alert(11)>.csv', mimeType: 'text/csv', buffer: Buffer.from(csv) });
  await v.page.locator('table.grid tbody tr').nth(3).waitFor();
  expect(await quiet(v)).toBe(0);
  await v.shot('xss-import');

  // An admin sees all ground, so the phone page lists these too.
  await v.page.goto('/m');
  await v.page.locator('.change').waitFor();
  await v.page.locator('.change').click();
  await v.page.getByRole('searchbox').fill('alert(1)');
  await v.page.getByRole('dialog').getByRole('button', { name: names[0] as string }).click();
  await expect.poll(() => v.page.locator('footer .name').innerText()).toContain(names[0]);
  expect(await quiet(v)).toBe(0);
  await v.shot('xss-phone');
});
