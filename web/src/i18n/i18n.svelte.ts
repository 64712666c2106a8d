// Chinese first, English by switch. A room with its own words calls `words`.
import { en } from './en';
import { zh, type Key } from './zh';

export type Lang = 'zh' | 'en';
export type Args = Record<string, string | number>;

const kept = 'guatu.lang';
let lang = $state<Lang>(remembered());

/** The language in use; assigning switches every page at once. */
export const i18n = {
  get lang(): Lang {
    return lang;
  },
  set lang(next: Lang) {
    lang = next;
    document.documentElement.lang = next === 'zh' ? 'zh-CN' : 'en';
    try {
      localStorage.setItem(kept, next);
    } catch {
      // A browser that keeps nothing still switches.
    }
  },
};

/** The word for key in the language in use, with {name} holes filled from args. */
export const t = words<Key>(zh, en);

/** A room's own dictionary: both languages, the same keys. */
export function words<K extends string>(zh: Record<K, string>, en: Record<K, string>): (key: K, args?: Args) => string {
  return (key, args) => fill((lang === 'zh' ? zh : en)[key] ?? key, args);
}

/** Puts args into the {name} holes of text; a hole without an argument stays visible. */
export function fill(text: string, args?: Args): string {
  return args ? text.replace(/\{(\w+)\}/g, (hole, name: string) => String(args[name] ?? hole)) : text;
}

function remembered(): Lang {
  try {
    return localStorage.getItem(kept) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}
