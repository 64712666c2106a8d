// An error in words for people: what happened and what to do next.
import { t } from '../i18n/i18n.svelte';
import { offline, Problem } from '../api/send';

export interface Said { what: string; next: string; code: string }

/** The words for any thrown value. The server's own Chinese title wins, because it knows more. */
export function wordsFor(error: unknown): Said {
  if (!(error instanceof Problem)) return { what: t('problem.page'), next: '', code: String(error) };
  if (error.code === offline) return { what: t('problem.offline'), next: t('problem.offline.next'), code: '' };
  const next = error.retryAfter > 0 ? t('problem.wait', { s: error.retryAfter }) : '';
  const code = [error.code, error.traceId].filter(Boolean).join(' · ');
  if (error.title) return { what: error.title, next: error.detail || next, code };
  if (error.status === 403) return { what: t('problem.403'), next: '', code };
  if (error.status === 404) return { what: t('problem.404'), next: '', code };
  if (error.status >= 500 || error.status === 429) return { what: t('problem.busy'), next: next || t('problem.busy.next'), code };
  return { what: error.detail || t('problem.refused'), next, code };
}

/** The messages that belong to a field, by the end of their location. */
export function fieldErrors(error: unknown): Record<string, string> {
  const out: Record<string, string> = {};
  if (error instanceof Problem) {
    for (const e of error.errors) {
      const field = /([a-z_]+)(\[\d+\])?$/.exec(e.location ?? '')?.[1];
      if (field) out[field] ??= e.message;
    }
  }
  return out;
}
