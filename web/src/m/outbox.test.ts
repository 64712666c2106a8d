import 'fake-indexeddb/auto';
import { beforeEach, expect, test } from 'vitest';
import type { Receipt } from '../api/types';
import type { Carry } from './carry';
import { sha256 } from './hash';
import { Outbox, type World } from './outbox';
import type { Answer, Shot } from './shot';
import { noStore, openStore, type Store } from './store';

const facts = {
  person: 7, person_name: '张', site: { id: 3, name: '一期' }, source: 'camera' as const, type: 'image/jpeg',
  taken_at: null, spot: null, thumb: null,
};
const picture = (text: string) => new TextEncoder().encode(text).buffer as ArrayBuffer;
const receiptFor = (shot: Shot, over: Partial<Receipt> = {}): Answer => ({
  kind: 'receipt', receipt: { id: shot.id, sha256: shot.sha256, received_at: '2026-11-21T06:05:00Z', ...over } as Receipt,
});
const cut: Answer = { kind: 'cut', why: 'offline' };
const refusal = (status: number, code = '', sha = ''): Answer => ({
  kind: 'problem', status, code, said: '', retry_after_s: 0, sha256: sha || null,
});

let count = 0;
let store: Store;
let name: string;
beforeEach(async () => {
  name = `test-${count++}`;
  store = await openStore(name);
});

/** A world whose clock stands still but for sleeping, which takes no time. */
function world(carry: Carry, over: Partial<World> = {}): World & { at: number; slept: number[] } {
  const w: World & { at: number; slept: number[] } = {
    at: 1_760_000_000_000, slept: [] as number[], now: () => w.at, chance: () => 0.5, hash: sha256, carry,
    alone: async (work: () => Promise<void>) => (await work(), true),
    timer(run: () => void, ms: number) {
      w.slept.push(ms);
      w.at += ms;
      const id = setTimeout(run, 0);
      return () => clearTimeout(id);
    },
    ...over,
  };
  return w;
}

/** An outbox of person 7, and a promise that is kept when done(shots) is true. */
async function outbox(carry: Carry, over: Partial<World> = {}, from: Store = store) {
  const w = world(carry, over);
  let check = () => {};
  const box: Outbox = new Outbox(from, () => check(), w);
  await box.open();
  box.login(7);
  const until = (done: (shots: readonly Shot[]) => boolean) =>
    new Promise<void>((resolve) => {
      check = () => void (done(box.shots) && resolve());
      check();
    });
  return { box, until, world: w };
}
const all = (state: Shot['state']) => (shots: readonly Shot[]) => shots.length > 0 && shots.every((s) => s.state === state);

test('bytes are in the store before anything is sent, and leave it with the receipt', async () => {
  const seen: unknown[] = [];
  const { box, until } = await outbox(async (shot, bytes) => {
    seen.push((await store.bytes(shot.key))?.byteLength, await sha256(bytes), shot.sha256);
    return receiptFor(shot);
  });
  const shot = await box.take(facts, picture('one'));
  await until(all('receipted'));
  expect(seen).toEqual([3, await sha256(picture('one')), await sha256(picture('one'))]);
  await expect.poll(() => store.bytes(shot.key)).toBeUndefined();
  expect((await store.get(shot.key))?.receipt?.sha256).toBe(await sha256(picture('one')));
});

test('a receipt for other bytes does not let go of ours', async () => {
  let n = 0;
  const { box, until } = await outbox(async (shot) => receiptFor(shot, n++ === 0 ? { sha256: 'f'.repeat(64) } : {}));
  const shot = await box.take(facts, picture('two'));
  await until((shots) => shots[0]?.why === 'receipt_differs');
  expect(await store.bytes(shot.key)).toBeDefined();
  await until(all('receipted'));
  expect(n).toBe(2);
});

test('without a network it tries again, later and later, and all arrive in the end', async () => {
  let tries = 0;
  const { box, until, world: w } = await outbox(async (shot) => (++tries <= 4 ? cut : receiptFor(shot)));
  await box.take(facts, picture('a'));
  await box.take(facts, picture('b'));
  await until(all('receipted'));
  expect(w.slept.slice(0, 3)).toEqual([2000, 2000, 4000]);
});

test('a page that dies while sending goes on after it is opened again', async () => {
  const dead = await outbox(() => new Promise(() => {}));
  await dead.box.take(facts, picture('x'));
  await dead.until(all('sending'));
  await expect.poll(async () => (await store.all())[0]?.state).toBe('sending');

  const { box, until } = await outbox(async (shot) => receiptFor(shot), {}, await openStore(name));
  await until(all('receipted'));
  expect(box.shots).toHaveLength(1);
});

test('after a 401 nothing is sent and nothing is lost; after the login all of it goes', async () => {
  let signedIn = false;
  let sent = 0;
  const { box, until } = await outbox(async (shot) => (sent++, signedIn ? receiptFor(shot) : refusal(401)));
  await box.take(facts, picture('a'));
  await until((shots) => shots[0]?.why === 'signed_out');
  box.login(null);
  await box.take(facts, picture('b'));
  box.nudge('hand');
  box.nudge('network');
  expect(sent).toBe(1);
  signedIn = true;
  box.login(7);
  await until(all('receipted'));
  expect(box.shots).toHaveLength(2);
});

test('a taken id: the picture gets another and arrives', async () => {
  const ids: string[] = [];
  const { box, until } = await outbox(async (shot) => {
    ids.push(shot.id);
    return ids.length === 1 ? refusal(409, 'photo_id_taken', 'f'.repeat(64)) : receiptFor(shot);
  });
  const { key } = await box.take(facts, picture('x'));
  await until(all('receipted'));
  expect(ids[0]).toBe(key);
  expect(ids[1]).not.toBe(key);
});

test('a refused one stays until a person lets go of it, and holds up nobody', async () => {
  const { box, until } = await outbox(async (shot) => (shot.size === 3 ? refusal(422, 'not_an_image') : receiptFor(shot)));
  const bad = await box.take(facts, picture('bad'));
  await box.take(facts, picture('good'));
  await until((shots) => shots.some((s) => s.state === 'refused') && shots.some((s) => s.state === 'receipted'));
  box.nudge('hand');
  expect(await store.bytes(bad.key)).toBeDefined();
  await box.drop(bad.key);
  expect(await store.bytes(bad.key)).toBeUndefined();
  expect(box.shots).toHaveLength(1);
});

test('only a refused one can be let go of', async () => {
  const { box, until } = await outbox(async () => cut, { timer: () => () => {} });
  const { key } = await box.take(facts, picture('x'));
  await until((shots) => shots[0]?.why === 'offline');
  await box.drop(key);
  expect(box.shots).toHaveLength(1);
});

test('another person’s pictures wait for that person', async () => {
  const { box, until } = await outbox(async (shot) => receiptFor(shot));
  await box.take({ ...facts, person: 8 }, picture('theirs'));
  await box.take(facts, picture('mine'));
  await until((shots) => shots.some((s) => s.person === 7 && s.state === 'receipted'));
  expect(box.shots.find((s) => s.person === 8)?.state).toBe('captured');
});

test('a full phone: the picture goes out from memory and is said to be there only', async () => {
  const { box, until } = await outbox(async (shot) => receiptFor(shot), {}, noStore);
  const shot = await box.take(facts, picture('x'));
  expect(shot.kept).toBe(false);
  await until(all('receipted'));
});

test('another page of this browser sends: this one waits and takes over what it did', async () => {
  let free = false;
  const { box, until } = await outbox(async () => cut, { alone: async (work) => free && (await work(), true) });
  const shot = await box.take(facts, picture('x'));
  await store.settle({ ...shot, state: 'receipted', sha256: 'a', receipt: { sha256: 'a' } as Receipt });
  free = true;
  box.nudge('hand');
  await until(all('receipted'));
  expect(box.shots[0]?.receipt?.sha256).toBe('a');
});

test('bytes that vanished are said, not retried for ever', async () => {
  let answer: (a: Answer) => void = () => {};
  const { box, until } = await outbox(() => new Promise((resolve) => (answer = resolve)));
  const { key } = await box.take(facts, picture('x'));
  await until(all('sending'));
  const bare = await store.get(key);
  await store.drop(key);
  if (bare) await store.put(bare);
  answer(cut);
  await until(all('refused'));
  expect(box.shots[0]?.why).toBe('unreadable');
});

test('receipts of last week are forgotten here', async () => {
  const { box, until, world: w } = await outbox(async (shot) => receiptFor(shot));
  await box.take(facts, picture('x'));
  await until(all('receipted'));
  await expect.poll(async () => (await store.all())[0]?.state).toBe('receipted');
  const later = new Outbox(store, () => {}, { ...w, now: () => w.at + 8 * 24 * 3600_000 });
  await later.open();
  expect(later.shots).toEqual([]);
});
