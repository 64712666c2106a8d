// 期×批: which honour roll a project is on, which is not its stage.
import type { Lang } from '../i18n/i18n.svelte';
import type { Batch } from '../api/types';

const names: Record<Lang, Record<string, string>> = {
  zh: { signed: '签约', started: '开工', producing: '投产' },
  en: { signed: 'signed', started: 'started', producing: 'producing' },
};

/** `第 13 期签约` for `signed:13`; what is not understood is said as it came. */
export function batchWords(batch: string | Batch, lang: Lang): string {
  const text = typeof batch === 'string' ? batch : `${batch.batch}:${batch.term}`;
  const [kind = '', term = ''] = text.split(':');
  const name = names[lang][kind];
  if (!name || !/^\d+$/.test(term)) return text;
  return lang === 'zh' ? `第 ${term} 期${name}` : `Term ${term} ${name}`;
}

/** Reads `signed:13`; null where it is none. */
export function readBatch(text: string): Batch | null {
  const found = /^(signed|started|producing):(\d{1,3})$/.exec(text);
  return found ? { batch: found[1] as Batch['batch'], term: Number(found[2]) } : null;
}
