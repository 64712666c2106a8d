// What one event of the stream does to the board that is on the screen.
import type { Board, BoardSite, LiveEvent } from '../api/types';
import { dayOf } from '../lib/time';

export type Effect =
  /** The board as it is now; site is where it changed, null where nothing on the screen did. */
  | { kind: 'board'; board: Board; site: BoardSite | null }
  /** The event says less than is needed: ask for the board again. */
  | { kind: 'refetch' }
  | { kind: 'none' };

/**
 * Applies an event. A photo that the board counts already changes nothing, so an event that comes
 * twice, or was on its way while the board was loaded, is harmless.
 */
export function apply(board: Board, event: LiveEvent): Effect {
  const [noun] = event.verb.split('.');
  if (event.verb === 'photo.received') return photo(board, event);
  if (noun === 'site' || noun === 'project' || noun === 'import' || event.verb === 'photo.moved') return { kind: 'refetch' };
  return { kind: 'none' };
}

function photo(board: Board, event: LiveEvent): Effect {
  const at = typeof event.data['received_at'] === 'string' ? event.data['received_at'] : event.at;
  const id = event.site_id;
  if (id === null || dayOf(at) !== board.date) return { kind: 'none' };
  const site = board.sites.find((s) => s.id === id);
  if (!site) return { kind: 'refetch' };
  if (site.last_photo_at !== null && Date.parse(at) <= Date.parse(site.last_photo_at)) return { kind: 'none' };
  const now: BoardSite = { ...site, photos_today: site.photos_today + 1, last_photo_at: at };
  return { kind: 'board', site: now, board: { ...board, sites: board.sites.map((s) => (s === site ? now : s)) } };
}
