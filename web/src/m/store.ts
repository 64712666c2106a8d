// The phone's own memory: pictures until they are receipted, and what the page last knew.
import { openDB, type DBSchema, type IDBPDatabase } from 'idb';
import type { BoardSite, Me } from '../api/types';
import type { Shot } from './shot';

/** What the page shows when the server cannot be asked. */
export interface Known {
  me: Me;
  sites: BoardSite[];
  /** The server's day that the sites' counts belong to, YYYY-MM-DD. */
  day: string;
  /** When it was asked, ms. */
  asked_at: number;
  /** The site that the last shot went to. */
  last_site: number | null;
}

interface Schema extends DBSchema {
  shot: { key: string; value: Shot };
  /** The bytes lie apart, so that a list of shots does not load their megabytes. */
  bytes: { key: string; value: ArrayBuffer };
  known: { key: 'page'; value: Known };
}

/** Where shots are kept. Every method rejects where the browser refuses. */
export interface Store {
  all(): Promise<Shot[]>;
  get(key: string): Promise<Shot | undefined>;
  bytes(key: string): Promise<ArrayBuffer | undefined>;
  /** Puts shot and bytes in one transaction that is on disk when it resolves. */
  keep(shot: Shot, bytes: ArrayBuffer): Promise<void>;
  put(shot: Shot): Promise<void>;
  /** Writes the receipt and lets go of the bytes, together. */
  settle(shot: Shot): Promise<void>;
  drop(key: string): Promise<void>;
  known(): Promise<Known | undefined>;
  know(known: Known | null): Promise<void>;
}

const strict = { durability: 'strict' } as const;

/** Opens the store of this browser. */
export async function openStore(name = 'guatu-m'): Promise<Store> {
  const db: IDBPDatabase<Schema> = await openDB<Schema>(name, 1, {
    upgrade(db) {
      db.createObjectStore('shot', { keyPath: 'key' });
      db.createObjectStore('bytes');
      db.createObjectStore('known');
    },
    blocking: (_from, _to, event) => (event.target as IDBDatabase).close(),
  });
  return {
    all: () => db.getAll('shot'),
    get: (key) => db.get('shot', key),
    bytes: (key) => db.get('bytes', key),
    async keep(shot, bytes) {
      const tx = db.transaction(['shot', 'bytes'], 'readwrite', strict);
      await Promise.all([tx.objectStore('shot').put(shot), tx.objectStore('bytes').put(bytes, shot.key), tx.done]);
    },
    async put(shot) {
      const tx = db.transaction('shot', 'readwrite', strict);
      await Promise.all([tx.store.put(shot), tx.done]);
    },
    async settle(shot) {
      const tx = db.transaction(['shot', 'bytes'], 'readwrite', strict);
      await Promise.all([tx.objectStore('shot').put(shot), tx.objectStore('bytes').delete(shot.key), tx.done]);
    },
    async drop(key) {
      const tx = db.transaction(['shot', 'bytes'], 'readwrite', strict);
      await Promise.all([tx.objectStore('shot').delete(key), tx.objectStore('bytes').delete(key), tx.done]);
    },
    known: () => db.get('known', 'page'),
    async know(known) {
      if (known) await db.put('known', known, 'page');
      else await db.delete('known', 'page');
    },
  };
}

/** A store for a browser that keeps nothing: every picture stays in memory, and says so. */
export const noStore: Store = {
  all: async () => [],
  get: async () => undefined,
  bytes: async () => undefined,
  keep: () => Promise.reject(new Error('no store')),
  put: async () => {},
  settle: async () => {},
  drop: async () => {},
  known: async () => undefined,
  know: async () => {},
};

/** Asks the browser not to clear the store when space is short; whether it agreed. */
export async function persist(): Promise<boolean> {
  try {
    return (await navigator.storage.persisted()) || (await navigator.storage.persist());
  } catch {
    return false;
  }
}
