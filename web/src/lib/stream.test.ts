import { describe, expect, test } from 'vitest';
import { listen, MessageReader, staleAfter, type Message } from './stream';

describe('MessageReader', () => {
  const whole = 'retry: 2000\n: hello\n\nid: 7\nevent: photo.received\ndata: {"a":1}\n\nid: 8\r\ndata: x\r\ndata: y\r\n\r\n';
  const want: Message[] = [
    { id: '7', event: 'photo.received', data: '{"a":1}' },
    { id: '8', event: 'message', data: 'x\ny' },
  ];

  test.each([1, 2, 3, 7, 1000])('in chunks of %d', (size) => {
    const reader = new MessageReader();
    const got: Message[] = [];
    for (let i = 0; i < whole.length; i += size) got.push(...reader.feed(whole.slice(i, i + size)));
    expect(got).toEqual(want);
  });

  test('an id without data moves the cursor and is no message', () => {
    const reader = new MessageReader();
    expect(reader.feed('id: 42\n\n')).toEqual([]);
    expect(reader.id).toBe('42');
  });

  test('a message that is cut is none', () => {
    expect(new MessageReader().feed('id: 1\ndata: half')).toEqual([]);
  });
});

/** A server that plays one script per connection, then stops the listener. */
async function play(scripts: ((headers: Headers) => Response | Error)[], clock: number[] = []) {
  const heard: string[] = [];
  const stop = new AbortController();
  const asked: string[] = [];
  await listen(
    '/stream',
    {
      message: (m) => heard.push(m.id),
      state: (s) => heard.push(s),
      gap: () => heard.push('gap'),
    },
    stop.signal,
    {
      fetch: async (_, init) => {
        const script = scripts[asked.length];
        const headers = new Headers(init.headers);
        asked.push(headers.get('last-event-id') ?? '');
        if (!script) {
          stop.abort();
          throw new Error('over');
        }
        const res = script(headers);
        if (res instanceof Error) throw res;
        return res;
      },
      sleep: async () => {},
      random: () => 0.5,
      now: () => clock.shift() ?? 0,
    },
  );
  return { heard, asked: asked.slice(0, scripts.length) };
}
const says = (text: string) => () => new Response(text, { status: 200 });
const message = (id: number) => `id: ${id}\nevent: photo.received\ndata: {}\n\n`;

describe('listen', () => {
  test('after a cut it resumes where it was, and nothing is asked for again', async () => {
    const { heard, asked } = await play([says(message(1) + message(2)), says(message(3))]);
    expect(asked).toEqual(['', '2']);
    expect(heard).toEqual(['live', '1', '2', 'waiting', 'live', '3', 'waiting']);
  });

  test('a refusal and a dead network are tried again', async () => {
    const { heard } = await play([says(message(1)), () => new Response('', { status: 503 }), () => new TypeError('net'), says(message(2))]);
    expect(heard.filter((h) => h !== 'waiting')).toEqual(['live', '1', 'live', '2']);
  });

  test('lost before the first message: there is nothing to resume from, so it is a gap', async () => {
    const { heard } = await play([says(': hello\n'), says(message(1))]);
    expect(heard).toEqual(['live', 'waiting', 'live', 'gap', '1', 'waiting']);
  });

  test('away for too long is a gap even though the server would replay', async () => {
    const { heard } = await play([says(message(1)), says(message(2))], [0, staleAfter + 1]);
    expect(heard).toEqual(['live', '1', 'waiting', 'live', 'gap', '2', 'waiting']);
  });

  test('the server that no longer knows the cursor says so, and so does its reset event', async () => {
    const { heard, asked } = await play([
      says(message(1)),
      () => new Response('', { status: 410 }),
      says('event: reset\ndata: {}\n\n' + message(9)),
    ]);
    expect(asked).toEqual(['', '1', '']);
    expect(heard).toEqual(['live', '1', 'waiting', 'gap', 'live', 'gap', 'gap', '9', 'waiting']);
  });
});
