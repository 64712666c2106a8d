// What becomes of one picture between the shutter and the server's receipt. Pure: no clock, no network.
import type { LonLat, Receipt } from '../api/types';

/** Only receipted lets go of the bytes. */
export type State = 'captured' | 'hashed' | 'sending' | 'receipted' | 'refused';

/** Why a shot waits: it will be tried again by itself. */
export type Waits =
  | 'offline' | 'unreached' | 'stalled' | 'interrupted' | 'busy' | 'server' | 'signed_out'
  | 'digest_mismatch' | 'photo_id_taken' | 'receipt_differs';

/** Why a shot was refused: only a person can do something about it. */
export type Refused =
  | 'empty_body' | 'not_an_image' | 'too_many_pixels' | 'unsupported_image' | 'many_frames' | 'broken_image' | 'too_large'
  | 'not_found' | 'forbidden' | 'unreadable' | 'rejected';

export interface SiteRef { id: number; name: string }

/** Where the phone was when the shutter closed; kept raw, judged by the server. */
export interface Spot { at: LonLat; accuracy_m: number; time: number }

/** One picture on this phone. */
export interface Shot {
  /** Its name on this phone, for ever. */
  key: string;
  /** Its name on the server, UUIDv7; changes only where another picture has that name already. */
  id: string;
  person: number;
  /** The person's name, for whoever holds this phone next. */
  person_name: string;
  site: SiteRef | null;
  /** camera: just taken here; album: chosen, so where and when are not known from the phone. */
  source: 'camera' | 'album';
  type: string;
  size: number;
  /** When it was put into the store, ms since 1970 by the phone's clock. */
  captured_at: number;
  /** When the shutter closed, ms; null for an album picture, whose EXIF the server reads. */
  taken_at: number | null;
  spot: Spot | null;
  /** A small JPEG to show, made on the phone; null where the phone cannot decode the picture. */
  thumb: ArrayBuffer | null;
  /** Whether the bytes are in the phone's store; false where it was full and they are in memory only. */
  kept: boolean;

  state: State;
  sha256: string | null;
  why: Waits | Refused | null;
  /** The server's own sentence, where it said more than a code. */
  said: string;
  /** How often in a row it failed. */
  tries: number;
  /** Not tried again before this, ms; 0 is at once, Infinity after the next login. */
  not_before: number;
  /** The fingerprint under which the server holds our id, after a photo_id_taken. */
  taken_by: string | null;
  receipt: Receipt | null;
  /** When the receipt came, ms by the phone's clock. */
  settled_at: number | null;
}

/** What came of one attempt to send. */
export type Answer =
  | { kind: 'receipt'; receipt: Receipt }
  | { kind: 'problem'; status: number; code: string; said: string; retry_after_s: number; sha256: string | null }
  | { kind: 'cut'; why: 'offline' | 'unreached' | 'stalled' };

export type Happening =
  | { type: 'hashed'; sha256: string; spare: string }
  | { type: 'unreadable' }
  | { type: 'sent' }
  | { type: 'answered'; answer: Answer }
  | { type: 'reopened' }
  | { type: 'again' }
  | { type: 'moved'; site: SiteRef | null };

/** Bytes that the server takes in one request. */
export const most = 25 * 1024 * 1024;
const firstWait = 2_000;
const longestWait = 5 * 60_000;

const refusals: ReadonlySet<string> = new Set<Refused>([
  'empty_body', 'not_an_image', 'too_many_pixels', 'unsupported_image', 'many_frames', 'broken_image', 'too_large', 'not_found', 'forbidden',
]);
const channelWide: ReadonlySet<string> = new Set<Waits>(['offline', 'unreached', 'stalled', 'busy', 'signed_out']);

/** The shot after something happened to it; the same shot where that cannot happen in its state. */
export function after(shot: Shot, what: Happening, now: number, chance: number): Shot {
  switch (what.type) {
    case 'hashed':
      return shot.state === 'captured' ? hashed(shot, what.sha256, what.spare) : shot;
    case 'unreadable':
      return shot.state === 'captured' || shot.state === 'hashed' ? refuse(shot, 'unreadable', '') : shot;
    case 'sent':
      return shot.state === 'hashed' ? { ...shot, state: 'sending' } : shot;
    case 'answered':
      return shot.state === 'sending' ? answered(shot, what.answer, now, chance) : shot;
    case 'reopened':
      return shot.state === 'sending' ? { ...shot, state: 'hashed', why: 'interrupted', not_before: 0 } : shot;
    case 'again':
      return again(shot);
    case 'moved':
      return shot.state === 'sending' || shot.state === 'receipted' ? shot : { ...again(shot), site: what.site };
  }
}

/** How long to wait after `tries` failures in a row: doubling from 2 s to 5 min, never all phones at once. */
export function backOff(tries: number, chance: number): number {
  return Math.round(Math.min(longestWait, firstWait * 2 ** Math.max(0, tries - 1)) * (0.75 + chance / 2));
}

/** What to do next: this shot, nothing before a moment, or nothing at all. */
export type Next = { do: Shot } | { until: number } | null;

/**
 * Picks the next shot of person to hash or send. A failure of the way to the server holds up
 * everything; a failure of one picture only that one. Fewest failures first, then oldest first.
 */
export function next(shots: readonly Shot[], person: number | null, now: number): Next {
  const open = shots.filter((s) => s.person === person && (s.state === 'captured' || s.state === 'hashed'));
  if (open.length === 0) return null;
  const held = Math.max(0, ...open.filter((s) => s.why !== null && channelWide.has(s.why)).map((s) => s.not_before));
  if (held > now) {
    const unhashed = open.find((s) => s.state === 'captured' && s.not_before <= now);
    return unhashed ? { do: unhashed } : { until: held };
  }
  const due = open
    .filter((s) => s.not_before <= now)
    .sort((a, b) => a.tries - b.tries || a.captured_at - b.captured_at || (a.key < b.key ? -1 : 1));
  return due[0] ? { do: due[0] } : { until: Math.min(...open.map((s) => s.not_before)) };
}

/** Not on the server yet, whatever the reason. */
export function pending(shot: Shot): boolean {
  return shot.state !== 'receipted';
}

/** Whether a failure of this kind is worth another try as soon as the phone has a network again. */
export function network(shot: Shot): boolean {
  return shot.why !== null && ['offline', 'unreached', 'stalled', 'interrupted', 'signed_out'].includes(shot.why);
}

function hashed(shot: Shot, sha256: string, spare: string): Shot {
  if (shot.size === 0) return refuse({ ...shot, sha256 }, 'empty_body', '');
  if (shot.size > most) return refuse({ ...shot, sha256 }, 'too_large', '');
  // Our own fingerprint was wrong, or somebody else's picture has our id: then this one needs a new name.
  const id = shot.taken_by !== null && shot.taken_by !== sha256 ? spare : shot.id;
  return { ...shot, state: 'hashed', sha256, id, taken_by: null };
}

function answered(shot: Shot, answer: Answer, now: number, chance: number): Shot {
  const tries = shot.tries + 1;
  const wait = (why: Waits, state: 'captured' | 'hashed', ms = backOff(tries, chance), said = ''): Shot => ({
    ...shot, state, why, said, tries, not_before: now + ms,
  });
  if (answer.kind === 'cut') return wait(answer.why, 'hashed');
  if (answer.kind === 'receipt') {
    if (answer.receipt.sha256 !== shot.sha256) return wait('receipt_differs', 'captured');
    return { ...shot, state: 'receipted', receipt: answer.receipt, settled_at: now, why: null, said: '', tries: 0, not_before: 0 };
  }
  const { status, code, said } = answer;
  const asked = answer.retry_after_s * 1000;
  if (status === 401) return { ...wait('signed_out', 'hashed', Infinity), tries: shot.tries };
  if (status === 429 || status === 503) return wait('busy', 'hashed', asked > 0 ? asked : undefined, said);
  if (code === 'photo_id_taken') return { ...wait('photo_id_taken', 'captured', tries > 1 ? undefined : 0), taken_by: answer.sha256 ?? '' };
  if (code === 'digest_mismatch') return wait('digest_mismatch', 'captured', tries > 1 ? undefined : 0);
  if (status >= 500 || status === 408 || status === 425) return wait('server', 'hashed', Math.max(asked, backOff(tries, chance)), said);
  if (status === 413) return refuse(shot, 'too_large', said);
  if (status === 403) return refuse(shot, 'forbidden', said);
  if (status === 404) return refuse(shot, 'not_found', said);
  return refuse(shot, refusals.has(code) ? (code as Refused) : 'rejected', said);
}

function refuse(shot: Shot, why: Refused, said: string): Shot {
  return { ...shot, state: 'refused', why, said, tries: 0, not_before: 0 };
}

function again(shot: Shot): Shot {
  if (shot.state === 'refused') return { ...shot, state: 'captured', why: null, said: '', tries: 0, not_before: 0 };
  if (shot.state !== 'captured' && shot.state !== 'hashed') return shot;
  return { ...shot, not_before: 0, why: shot.why === 'signed_out' ? null : shot.why };
}
