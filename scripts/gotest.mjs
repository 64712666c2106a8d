// Reads `go test -json` and tells a person what matters: a line a package, the
// whole output of what failed, which data sets a clone lacked, and the sum. A
// run that executed nothing, and a test that skipped itself, count as failures.
import { createInterface } from 'node:readline';

const outputs = new Map(); // package or package/test -> lines
const failed = [];
const skipped = [];
const lacks = new Set();
let passed = 0;
let broken = false;

const key = (e) => (e.Test ? `${e.Package} ${e.Test}` : (e.Package ?? e.ImportPath ?? ''));

for await (const line of createInterface({ input: process.stdin })) {
  let e;
  try {
    e = JSON.parse(line);
  } catch {
    console.log(line); // what the toolchain itself has to say
    continue;
  }
  const k = key(e);
  switch (e.Action) {
    case 'output':
    case 'build-output': {
      const lack = /lacks (\.\.\/shared\/[^\s:,]+)/.exec(e.Output);
      if (lack) lacks.add(lack[1]);
      if (!outputs.has(k)) outputs.set(k, []);
      outputs.get(k).push(e.Output);
      break;
    }
    case 'build-fail':
      broken = true;
      process.stdout.write((outputs.get(k) ?? []).join(''));
      break;
    case 'pass':
      if (e.Test) passed++;
      else {
        console.log(`ok  \t${e.Package}\t${e.Elapsed.toFixed(3)}s`);
      }
      outputs.delete(k);
      break;
    case 'skip':
      if (e.Test) {
        skipped.push(k);
        process.stdout.write((outputs.get(k) ?? []).join(''));
      }
      outputs.delete(k);
      break;
    case 'fail':
      broken = true;
      if (e.Test) failed.push(k);
      else console.log(`FAIL\t${e.Package}`);
      process.stdout.write((outputs.get(k) ?? []).join(''));
      outputs.delete(k);
      break;
  }
}
for (const set of [...lacks].sort()) console.log(`  本机没有 ${set}，相应测试改用仓库自带的样本`);
for (const k of failed) console.log(`  失败 ${k}`);
for (const k of skipped) console.log(`  被跳过 ${k}`);
console.log(`${passed} passed, ${failed.length} failed, ${skipped.length} skipped`);
process.exit(broken || skipped.length > 0 || passed === 0 ? 1 : 0);
