// `npm run e2e [-- vitest arguments]`: a private PostgreSQL and MinIO, the server with
// the demo city, and every browser test against it. GUATU_E2E_URL, where set, is a server
// that runs already.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';

const web = fileURLToPath(new URL('..', import.meta.url));
const guatu = process.env.GUATU_BIN ?? fileURLToPath(new URL('../../bin/guatu', import.meta.url));
const vitest = [process.execPath, web + 'node_modules/vitest/vitest.mjs', 'run', '--config', web + 'e2e/vitest.config.ts', ...process.argv.slice(2)];

const env = { ...process.env };
let command = vitest;
if (!env.GUATU_E2E_URL) {
  if (!existsSync(guatu)) {
    console.error(`没有 ${guatu}；请先运行 make build`);
    process.exit(1);
  }
  // Never the database or bucket of somebody else: the tests write.
  for (const name of ['DATABASE_URL', 'S3_ENDPOINT', 'S3_ACCESS_KEY', 'S3_SECRET_KEY', 'S3_BUCKET', 'S3_REGION', 'GUATU_STATE', 'GUATU_LISTEN']) delete env[name];
  env.GUATU_BIN = guatu;
  command = [guatu, 'services', '--state', env.GUATU_E2E_STATE ?? web + '../.guatu/e2e', '--throwaway', '--', ...vitest];
}
const child = spawn(command[0], command.slice(1), { cwd: web, env, stdio: 'inherit' });
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal));
child.on('exit', (code) => process.exit(code ?? 1));
