// A server for component tests: answers by path, remembers what was asked.

export interface Asked { method: string; path: string; search: string; body: unknown }
type Answer = unknown | Response | ((asked: Asked) => unknown);

/** Puts answers in the place of the network until the answer's restore is called. What nobody answers is a 404. */
export function serve(answers: Record<string, Answer>): { asked: Asked[]; restore: () => void } {
  const was = globalThis.fetch;
  const asked: Asked[] = [];
  globalThis.fetch = (async (input: RequestInfo | URL, init?: RequestInit) => {
    const url = new URL(String(input), 'http://guatu.test');
    const method = init?.method ?? 'GET';
    const one: Asked = { method, path: url.pathname, search: url.search, body: typeof init?.body === 'string' ? JSON.parse(init.body) : init?.body };
    asked.push(one);
    const key = `${method} ${url.pathname}`;
    if (!(key in answers)) return problem(404, 'not_found', '没有找到');
    const answer = answers[key];
    const said: unknown = typeof answer === 'function' ? (answer as (asked: Asked) => unknown)(one) : answer;
    return said instanceof Response ? said : Response.json(said);
  }) as typeof fetch;
  return { asked, restore: () => (globalThis.fetch = was) };
}

export function problem(status: number, code: string, title: string, more: Record<string, unknown> = {}, headers: Record<string, string> = {}): Response {
  return new Response(JSON.stringify({ type: 'about:blank', status, code, title, ...more }), {
    status, headers: { 'content-type': 'application/problem+json', ...headers },
  });
}

/** A stream that says what it is told, when it is told. */
export function stream(): { response: () => Response; say: (event: string, id: number, data: unknown) => void } {
  const open: ReadableStreamDefaultController<Uint8Array>[] = [];
  const text = new TextEncoder();
  return {
    response: () => new Response(new ReadableStream<Uint8Array>({ start: (c) => void open.push(c) }), { headers: { 'content-type': 'text/event-stream' } }),
    say: (event, id, data) => {
      for (const c of open) c.enqueue(text.encode(`event: ${event}\nid: ${id}\ndata: ${JSON.stringify(data)}\n\n`));
    },
  };
}
