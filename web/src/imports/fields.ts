// What a column was taken for, in words.
import { t } from '../i18n/i18n.svelte';
import { zh, type Key } from '../i18n/zh';

/** The word for a field; one that has none is said as it came. */
export function fieldName(field: string): string {
  const key = 'field.' + field;
  return key in zh ? t(key as Key) : field;
}
