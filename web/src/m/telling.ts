// The state of a shot in words: what happened, and what comes next.
import { bytes, percent } from '../lib/units';
import { shortHash } from './hash';
import type { Progress } from './outbox';
import type { Link } from './phone.svelte';
import type { Shot } from './shot';
import { en, w, zh, type Key } from './words';

export interface Told {
  /** sure: done · going: under way · waits: by itself · stuck: a person is needed. */
  mood: 'sure' | 'going' | 'waits' | 'stuck';
  what: string;
  next: string;
  /** How much is sent, in percent; null where that is not worth a bar. */
  part: number | null;
}

/** Uploads shorter than this show no bar, ms. */
const patience = 2_000;

/** What to say about a shot at now. A shot that nothing has happened to yet waits for what the page waits for. */
export function tell(shot: Shot, progress: Progress | null, now: number, link: Link = 'ok'): Told {
  if (shot.state === 'receipted') {
    const hash = shortHash(shot.receipt?.sha256 ?? '');
    return { mood: 'sure', what: w(shot.receipt?.duplicate_of ? 'shot.receipted.dup' : 'shot.receipted'), next: w('shot.receipted.next', { hash }), part: null };
  }
  if (shot.state === 'sending') return sending(shot, progress?.key === shot.key ? progress : null, now);
  const args = { size: size(shot.size), wait: wait(shot.not_before - now) };
  if (shot.state === 'refused') return { mood: 'stuck', ...because(shot, args), part: null };
  const why = shot.why ?? (link === 'offline' ? 'offline' : link === 'server' ? 'unreached' : link === 'signed_out' ? 'signed_out' : null);
  if (why !== null) return { mood: 'waits', ...because({ ...shot, why }, args), part: null };
  return { mood: 'going', what: w(shot.state === 'captured' ? 'shot.captured' : 'shot.hashed'), next: '', part: null };
}

/** Metres as a person says them. */
export function metres(m: number): string {
  if (m < 995) return w('m', { n: m < 100 ? Math.round(m) : Math.round(m / 10) * 10 });
  return w('km', { n: m < 10_000 ? (m / 1000).toFixed(1) : Math.round(m / 1000) });
}

/** Bytes with their unit. */
export function size(n: number): string {
  const { value, unit } = bytes(n);
  return `${value} ${unit}`;
}

function sending(shot: Shot, progress: Progress | null, now: number): Told {
  const told: Told = { mood: 'going', what: w('shot.sending'), next: '', part: null };
  if (!progress || now - progress.since < patience) return told;
  const part = percent(Math.min(progress.sent, shot.size), shot.size);
  if (part === 100) return { ...told, what: w('shot.sending.check'), part };
  return { ...told, what: w('shot.sending.part', { percent: part, sent: size(progress.sent), size: size(shot.size) }), part };
}

function because(shot: { why: string | null; said: string }, args: Record<string, string>): { what: string; next: string } {
  const what = `shot.${shot.why}`;
  const next = `${what}.next`;
  return {
    what: known(what) ? w(what, args) : w('shot.rejected'),
    next: [shot.why === 'rejected' || shot.why === 'server' ? shot.said : '', known(next) ? w(next, args) : ''].filter(Boolean).join(' · '),
  };
}

function wait(ms: number): string {
  if (!Number.isFinite(ms) || ms <= 500) return w('wait.now');
  return ms < 90_000 ? w('wait.s', { n: Math.ceil(ms / 1000) }) : w('wait.min', { n: Math.ceil(ms / 60_000) });
}

function known(key: string): key is Key {
  return key in zh && key in en;
}
