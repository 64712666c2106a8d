// The one way to the server: same-origin, JSON, errors as Problem.

/** What went wrong, in words for people and a code for programs (RFC 9457). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    readonly title: string,
    readonly detail: string,
    readonly errors: { location: string; message: string; code?: string; value?: unknown }[] = [],
    /** Seconds after which another try makes sense; 0 where the server did not say. */
    readonly retryAfter = 0,
    readonly traceId = '',
    readonly extra: Record<string, unknown> = {},
  ) {
    super(detail || title || code);
    this.name = 'Problem';
  }
}

/** The server was not reached at all. */
export const offline = 'offline';

export interface Ask {
  method?: string;
  query?: Record<string, string | number | boolean | undefined | null>;
  json?: unknown;
  body?: BodyInit;
  headers?: Record<string, string>;
  signal?: AbortSignal;
}

/** Told when a session has ended, so that the app can show the login page. */
export const session = { ended: (): void => {} };

/** Sends one request and returns the answer's body, or throws a Problem; an aborted one throws AbortError. */
export async function send<T>(path: string, ask: Ask = {}): Promise<T> {
  const res = await request(path, ask);
  if (res.status === 204) return undefined as T;
  return (await res.json()) as T;
}

/** Like send, for answers that are not JSON. */
export async function request(path: string, ask: Ask = {}): Promise<Response> {
  const headers: Record<string, string> = { accept: 'application/json', ...ask.headers };
  let body = ask.body ?? null;
  if (ask.json !== undefined) {
    headers['content-type'] = 'application/json';
    body = JSON.stringify(ask.json);
  }
  let res: Response;
  try {
    res = await fetch(path + queryOf(ask.query), {
      method: ask.method ?? 'GET',
      headers,
      body,
      credentials: 'same-origin',
      ...(ask.signal ? { signal: ask.signal } : {}),
    });
  } catch (err) {
    if (err instanceof DOMException && err.name === 'AbortError') throw err;
    throw new Problem(0, offline, '', '');
  }
  if (res.ok) return res;
  const problem = await problemOf(res);
  if (res.status === 401 && !path.startsWith('/api/v1/sessions')) session.ended();
  throw problem;
}

function queryOf(query: Ask['query']): string {
  const q = new URLSearchParams();
  for (const [k, v] of Object.entries(query ?? {})) {
    if (v !== undefined && v !== null && v !== '') q.set(k, String(v));
  }
  const s = q.toString();
  return s && '?' + s;
}

async function problemOf(res: Response): Promise<Problem> {
  let said: Record<string, unknown> = {};
  try {
    said = (await res.json()) as Record<string, unknown>;
  } catch {
    // A proxy's HTML page says nothing that a person could use; the status does.
  }
  const { code, title, detail, errors, trace_id, extra } = said;
  return new Problem(
    res.status,
    typeof code === 'string' ? code : 'http_' + res.status,
    typeof title === 'string' ? title : '',
    typeof detail === 'string' ? detail : '',
    Array.isArray(errors) ? (errors as Problem['errors']) : [],
    retryAfterOf(res.headers.get('retry-after')),
    typeof trace_id === 'string' ? trace_id : '',
    extra !== null && typeof extra === 'object' ? (extra as Record<string, unknown>) : {},
  );
}

/** Seconds in a Retry-After header, which may also be an HTTP date. */
export function retryAfterOf(header: string | null, now = Date.now()): number {
  if (!header) return 0;
  const n = Number(header);
  if (Number.isFinite(n)) return Math.max(0, Math.ceil(n));
  const at = Date.parse(header);
  return Number.isNaN(at) ? 0 : Math.max(0, Math.ceil((at - now) / 1000));
}
