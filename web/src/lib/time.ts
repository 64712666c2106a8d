// Time as the 指挥部 reads it: Asia/Shanghai whatever the browser thinks, weekday always said.
import type { Lang } from '../i18n/i18n.svelte';

const zone = 'Asia/Shanghai';
const parts = new Intl.DateTimeFormat('en-CA', {
  timeZone: zone, hourCycle: 'h23', weekday: 'short',
  year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit',
});
const weekday: Record<Lang, Record<string, string>> = {
  zh: { Mon: '周一', Tue: '周二', Wed: '周三', Thu: '周四', Fri: '周五', Sat: '周六', Sun: '周日' },
  en: { Mon: 'Mon', Tue: 'Tue', Wed: 'Wed', Thu: 'Thu', Fri: 'Fri', Sat: 'Sat', Sun: 'Sun' },
};
const second = 1000;
const minute = 60 * second;
const hour = 60 * minute;
const dayLong = 24 * hour;

interface Read { year: string; month: string; day: string; hour: string; minute: string; second: string; weekday: string }

/** The calendar day in Shanghai that holds the instant, as YYYY-MM-DD. */
export function dayOf(at: string | number | Date): string {
  const p = read(at);
  return `${p.year}-${p.month}-${p.day}`;
}

/** The day n days after day; both YYYY-MM-DD. */
export function dayAfter(day: string, n: number): string {
  return new Date(Date.parse(day + 'T00:00:00Z') + n * dayLong).toISOString().slice(0, 10);
}

/** Whether text is a day that exists, as YYYY-MM-DD. */
export function isDay(text: string): boolean {
  if (!/^\d{4}-\d{2}-\d{2}$/.test(text)) return false;
  const at = Date.parse(text + 'T00:00:00Z');
  return !Number.isNaN(at) && new Date(at).toISOString().startsWith(text);
}

/** `11-21 周六 14:05`; the year leads where it is not this one. An unreadable instant is said as it came. */
export function stamp(at: string, lang: Lang, now: number = Date.now()): string {
  if (Number.isNaN(Date.parse(at))) return at;
  const p = read(at);
  return `${yearUnlessNow(p.year, now)}${p.month}-${p.day} ${weekday[lang][p.weekday]} ${p.hour}:${p.minute}`;
}

/** `14:05`. */
export function clock(at: string): string {
  if (Number.isNaN(Date.parse(at))) return at;
  const p = read(at);
  return `${p.hour}:${p.minute}`;
}

/** `11-21 周六` of a YYYY-MM-DD day; the year leads where it is not this one. */
export function dayWords(day: string, lang: Lang, now: number = Date.now()): string {
  const p = read(day + 'T12:00:00+08:00');
  return `${yearUnlessNow(p.year, now)}${p.month}-${p.day} ${weekday[lang][p.weekday]}`;
}

/** The instant to the second with its offset, for hovering: `2026-11-21 14:05:09 +08:00`. */
export function exact(at: string): string {
  if (Number.isNaN(Date.parse(at))) return at;
  const p = read(at);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}:${p.second} +08:00`;
}

/** `3 分钟前`, `昨天 14:05`, and after six days the stamp. A moment in the future is a clock that is off: its stamp. */
export function age(at: string, lang: Lang, now: number = Date.now()): string {
  const then = Date.parse(at);
  if (Number.isNaN(then)) return at;
  const gone = now - then;
  const zh = lang === 'zh';
  if (gone < -minute) return stamp(at, lang, now);
  if (gone < minute) return zh ? '刚刚' : 'just now';
  if (gone < hour) return `${Math.floor(gone / minute)} ${zh ? '分钟前' : 'min ago'}`;
  const days = Math.round((Date.parse(dayOf(now)) - Date.parse(dayOf(then))) / dayLong);
  if (days === 0) return `${Math.floor(gone / hour)} ${zh ? '小时前' : 'h ago'}`;
  if (days === 1) return `${zh ? '昨天' : 'yesterday'} ${clock(at)}`;
  if (days <= 6) return `${days} ${zh ? '天前' : 'days ago'}`;
  return stamp(at, lang, now);
}

/** Milliseconds from now to the next midnight in Shanghai. */
export function untilMidnight(now: number): number {
  return Date.parse(dayAfter(dayOf(now), 1) + 'T00:00:00+08:00') - now;
}

function yearUnlessNow(year: string, now: number): string {
  return year === read(now).year ? '' : year + '-';
}

function read(at: string | number | Date): Read {
  const out: Record<string, string> = {};
  for (const { type, value } of parts.formatToParts(new Date(at))) out[type] = value;
  return out as unknown as Read;
}
