// Before all tests: the demo city, served once for all of them.
import { rmSync } from 'node:fs';
import { randomBytes } from 'node:crypto';
import type { TestProject } from 'vitest/node';
import { Server } from './server';

declare module 'vitest' {
  export interface ProvidedContext {
    base: string;
  }
}

export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  rmSync(new URL('./out', import.meta.url), { recursive: true, force: true });
  const given = process.env['GUATU_E2E_URL'];
  if (given) {
    project.provide('base', given);
    return async () => {};
  }
  process.env['GUATU_RECEIPT_KEY'] ??= randomBytes(32).toString('base64');
  const server = await Server.start('dev');
  project.provide('base', server.url);
  return () => server.stop();
}
