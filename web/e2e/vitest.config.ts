import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    root: new URL('..', import.meta.url).pathname,
    include: ['e2e/*.test.ts'],
    globalSetup: ['e2e/city.ts'],
    // One browser at a time: two cores draw the maps in software.
    fileParallelism: false,
    isolate: false,
    pool: 'forks',
    // Software drawing on a shared machine may miss a deadline once; a fault fails twice.
    retry: 1,
    testTimeout: 60_000,
    hookTimeout: 60_000,
    teardownTimeout: 30_000,
    expect: { poll: { timeout: 15_000, interval: 100 } },
    reporters: ['verbose'],
  },
});
