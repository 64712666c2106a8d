// Who is here, and what the page may offer. The server decides; this only spares a refusal.
import * as calls from '../api/calls';
import { Problem, session } from '../api/send';
import type { Me, Role } from '../api/types';
import { go, route } from '../lib/route.svelte';

let now = $state.raw<Me | null>(null);
let failed = $state.raw<unknown>(null);

export const account = {
  get me(): Me | null {
    return now;
  },
  get error(): unknown {
    return failed;
  },
};

const may: Record<'edit' | 'import' | 'survey' | 'build' | 'people' | 'see people', readonly Role[]> = {
  edit: ['commander', 'county', 'admin'],
  import: ['commander', 'county', 'admin'],
  survey: ['commander', 'county', 'admin', 'land'],
  build: ['commander', 'county', 'admin', 'inspector'],
  people: ['admin'],
  'see people': ['admin', 'auditor'],
};

/** Whether the page offers an action to the person who is logged in. */
export function offers(action: keyof typeof may): boolean {
  return now?.roles.some((role) => may[action].includes(role)) ?? false;
}

/** Asks the server who is here; nobody is sent to the login page and comes back afterwards. */
export async function whoAmI(): Promise<void> {
  failed = null;
  try {
    now = await calls.me();
  } catch (err) {
    if (!(err instanceof Problem && err.status === 401)) failed = err;
  }
}

export function loggedIn(me: Me): void {
  now = me;
  failed = null;
}

export async function logOut(): Promise<void> {
  await calls.logout();
  now = null;
  go('/login');
}

session.ended = () => {
  now = null;
  if (route.path === '/login' || route.path.startsWith('/m')) return;
  const back = route.path + route.search;
  go('/login' + (back === '/' ? '' : '?next=' + encodeURIComponent(back)), { replace: true });
};

/**
 * Where to go after a login: where one wanted to, a path of this site whatever the address says; else
 * the page of one's work, which for an inspector with a phone in the hand is /m.
 */
export function afterLogin(search: string): string {
  const next = new URLSearchParams(search).get('next') ?? '';
  if (/^\/(?![/\\])/.test(next)) return next;
  const inspects = now !== null && now.roles.length > 0 && now.roles.every((role) => role === 'inspector');
  return inspects && window.matchMedia('(max-width: 760px)').matches ? '/m' : '/';
}
