// The typed client: paths, parameters and answers are those of schema.d.ts, errors are Problems.
import createClient from 'openapi-fetch';
import type { Readable } from 'openapi-typescript-helpers';
import { request } from './send';
import type { paths } from './schema';

export const client = createClient<paths>({
  baseUrl: location.origin,
  // Every answer that is not a success is thrown, so that what comes back is always data.
  fetch: async (req) => {
    const { pathname, search } = new URL(req.url);
    const headers: Record<string, string> = {};
    req.headers.forEach((value, name) => (headers[name] = value));
    const body = req.method === 'GET' || req.method === 'DELETE' ? undefined : await req.text();
    return request(pathname + search, { method: req.method, headers, signal: req.signal, ...(body ? { body } : {}) });
  },
});

/** The data of an answer, by the name it has in types.ts; a name that does not fit the path does not compile. */
export async function data<T>(answer: Promise<{ data?: Readable<T> }>): Promise<T> {
  return (await answer).data as T;
}

/** Like data, for names that types.ts makes narrower than OpenAPI can. */
export async function narrowed<T>(answer: Promise<{ data?: unknown }>): Promise<T> {
  return (await answer).data as T;
}
