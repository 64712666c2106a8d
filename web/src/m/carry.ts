// One attempt to bring one picture to the server. XHR, because fetch does not tell how far an upload is.
import { retryAfterOf } from '../api/send';
import type { Receipt } from '../api/types';
import { reprDigest } from './hash';
import type { Answer, Shot } from './shot';

/** Sends the bytes; progress is told in bytes sent. Never rejects: what went wrong is an Answer. */
export type Carry = (shot: Shot, bytes: ArrayBuffer, progress: (sent: number) => void) => Promise<Answer>;

/** No byte has moved for this long: the way is dead, whatever the phone believes. */
const silence = 45_000;

export const carry: Carry = (shot, bytes, progress) =>
  new Promise((resolve) => {
    const xhr = new XMLHttpRequest();
    let watch = 0;
    const moved = () => {
      clearTimeout(watch);
      watch = window.setTimeout(() => xhr.abort(), silence);
    };
    const done = (answer: Answer) => {
      clearTimeout(watch);
      resolve(answer);
    };
    xhr.open('PUT', urlOf(shot));
    xhr.setRequestHeader('accept', 'application/json');
    xhr.setRequestHeader('content-type', shot.type || 'application/octet-stream');
    xhr.setRequestHeader('repr-digest', reprDigest(shot.sha256 ?? ''));
    xhr.setRequestHeader('x-content-sha256', shot.sha256 ?? '');
    xhr.upload.onprogress = (e) => {
      moved();
      progress(e.loaded);
    };
    xhr.upload.onload = moved;
    xhr.onload = () => done(answerOf(xhr.status, xhr.responseText, (name) => xhr.getResponseHeader(name)));
    xhr.onerror = () => done({ kind: 'cut', why: navigator.onLine ? 'unreached' : 'offline' });
    xhr.onabort = () => done({ kind: 'cut', why: 'stalled' });
    moved();
    xhr.send(bytes);
  });

/** Where the picture goes, with what the phone knows of place and time; what it does not know is left out. */
export function urlOf(shot: Shot): string {
  const q = new URLSearchParams();
  if (shot.site) q.set('site', String(shot.site.id));
  if (shot.spot) {
    q.set('lon', shot.spot.at[0].toFixed(7));
    q.set('lat', shot.spot.at[1].toFixed(7));
    q.set('accuracy', String(Math.ceil(shot.spot.accuracy_m)));
    q.set('position_source', 'browser');
    q.set('position_at', new Date(shot.spot.time).toISOString());
  }
  if (shot.taken_at !== null) q.set('taken_at', new Date(shot.taken_at).toISOString());
  const query = q.toString();
  return `/api/v1/photos/${shot.id}${query && '?' + query}`;
}

/** What the server said. A 2xx without a receipt (a hotel's login page, a proxy) is no acknowledgement. */
export function answerOf(status: number, text: string, header: (name: string) => string | null): Answer {
  const said = parse(text);
  if (status === 200 || status === 201) {
    return typeof said['sha256'] === 'string' && typeof said['received_at'] === 'string'
      ? { kind: 'receipt', receipt: said as unknown as Receipt }
      : { kind: 'problem', status: 502, code: 'no_receipt', said: '', retry_after_s: 0, sha256: null };
  }
  if (status < 400) return { kind: 'problem', status: 502, code: 'no_receipt', said: '', retry_after_s: 0, sha256: null };
  return {
    kind: 'problem', status,
    code: string(said['code']),
    said: string(said['detail']) || string(said['title']),
    retry_after_s: retryAfterOf(header('retry-after')),
    sha256: string(said['sha256']) || string(said['stored_sha256']) || null,
  };
}

function parse(text: string): Record<string, unknown> {
  try {
    const said: unknown = JSON.parse(text);
    return said && typeof said === 'object' ? (said as Record<string, unknown>) : {};
  } catch {
    return {};
  }
}

function string(said: unknown): string {
  return typeof said === 'string' ? said : '';
}
