// The photo timeline of a site as plain data: days with their pictures, and the strip in which a gap is seen.
import type { Photo } from '../api/types';
import { dayAfter, dayOf } from '../lib/time';

export interface DayOfPhotos { day: string; photos: Photo[] }

/** The photos by the day on which the server received them, newest first; 每天必传 counts receipts, not cameras' clocks. */
export function byDay(photos: readonly Photo[]): DayOfPhotos[] {
  const days: DayOfPhotos[] = [];
  for (const p of [...photos].sort((a, b) => Date.parse(b.received_at) - Date.parse(a.received_at))) {
    const day = dayOf(p.received_at);
    const last = days.at(-1);
    if (last?.day === day) last.photos.push(p);
    else days.push({ day, photos: [p] });
  }
  return days;
}

/** kept with its count · missed · waiting (today, nothing yet) · unknown: before what was loaded. */
export interface DayCell { day: string; state: 'kept' | 'missed' | 'waiting' | 'unknown'; count: number }

/** The last n days up to today; complete says that no older photos are left to load. */
export function dayCells(days: readonly DayOfPhotos[], today: string, n: number, complete: boolean): DayCell[] {
  const count = new Map(days.map((d) => [d.day, d.photos.length]));
  const oldest = days.at(-1)?.day;
  return Array.from({ length: n }, (_, i) => {
    const day = dayAfter(today, i - n + 1);
    const has = count.get(day) ?? 0;
    const covered = complete || (oldest !== undefined && day > oldest);
    const state = has > 0 ? 'kept' : day === today ? 'waiting' : covered ? 'missed' : 'unknown';
    return { day, state, count: has };
  });
}
