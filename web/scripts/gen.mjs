// gen writes src/api/schema.d.ts from the server's own description:
//   npm run gen -- path/to/openapi.json
import { readFile, writeFile } from 'node:fs/promises';
import openapiTS, { astToString } from 'openapi-typescript';

const [file] = process.argv.slice(2);
if (!file) {
  console.error('usage: npm run gen -- openapi.json');
  process.exit(2);
}
const ast = await openapiTS(JSON.parse(await readFile(file, 'utf8')), { arrayLength: true });
const out = new URL('../src/api/schema.d.ts', import.meta.url);
await writeFile(out, '// Written by `npm run gen` from /api/openapi.json. Do not edit.\n\n' + astToString(ast));
