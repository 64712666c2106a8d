// Numbers with their units apart, so that the unit can be small and grey.
import type { Lang } from '../i18n/i18n.svelte';

export interface Quantity { value: string; unit: string }

/** Square metres in one 亩. */
export const muM2 = 2000 / 3;

/** A number as people write it: two decimals below 100, one below 1000, none above, thousands grouped. */
export function figure(n: number): string {
  const size = Math.abs(n);
  const decimals = size < 99.995 ? 2 : size < 999.95 ? 1 : 0;
  return trim(n.toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals }));
}

/** An area in 亩. */
export function mu(m2: number, lang: Lang): Quantity {
  return { value: figure(m2 / muM2), unit: lang === 'zh' ? '亩' : 'mu' };
}

/** An area in 公顷. */
export function hectares(m2: number, lang: Lang): Quantity {
  return { value: figure(m2 / 10_000), unit: lang === 'zh' ? '公顷' : 'ha' };
}

/** Money given in 万元, said in 亿元 from one 亿 on. English says million and billion yuan. */
export function money(wan: number, lang: Lang): Quantity {
  if (lang === 'en') {
    return Math.abs(wan) >= 100_000
      ? { value: figure(wan / 100_000), unit: 'bn CNY' }
      : { value: figure(wan / 100), unit: 'm CNY' };
  }
  return Math.abs(wan) >= 10_000 ? { value: figure(wan / 10_000), unit: '亿元' } : { value: figure(wan), unit: '万元' };
}

/** Bytes in KB or MB. */
export function bytes(n: number): Quantity {
  if (n < 1000) return { value: String(n), unit: 'B' };
  return n < 999_500 ? { value: String(Math.round(n / 1000)), unit: 'KB' } : { value: figure(n / 1e6), unit: 'MB' };
}

/** Part of whole in whole percent; only all is 100, only nothing is 0. */
export function percent(part: number, whole: number): number {
  if (whole <= 0) return 0;
  const p = Math.round((part / whole) * 100);
  if (p === 100 && part < whole) return 99;
  if (p === 0 && part > 0) return 1;
  return p;
}

function trim(s: string): string {
  return s.includes('.') ? s.replace(/\.?0+$/, '') : s;
}
