import { expect, test } from 'vitest';
import type { Board, LiveEvent } from '../api/types';
import { apply } from './live';

const board: Board = {
  date: '2026-11-21', version: 'a', counts: {}, unlocated: [],
  sites: [
    {
      id: 5, county: '411104', project_id: 1, name: '甲', project: '甲', stage: 'started', batches: [], industry: '', invest_wan: 1,
      area_m2: 1, at: [114, 33], schematic: true, photos_today: 1, last_photo_at: '2026-11-21T01:00:00Z',
    },
  ],
};
const event = (more: Partial<LiveEvent>): LiveEvent => ({
  id: '9', verb: 'photo.received', at: '2026-11-21T02:00:00Z', county: '411104', project_id: 1, site_id: 5, subject: '', data: {}, ...more,
});

test('a new photo is counted, and its time is the newest', () => {
  const effect = apply(board, event({}));
  expect(effect).toMatchObject({ kind: 'board', site: { id: 5, photos_today: 2, last_photo_at: '2026-11-21T02:00:00Z' } });
  expect(board.sites[0]?.photos_today).toBe(1);
});

test.each([
  ['the same event again', event({ at: '2026-11-21T01:00:00Z' }), 'none'],
  ['the time that the receipt gives counts', event({ data: { received_at: '2026-11-21T00:59:00Z' } }), 'none'],
  ['a photo of another day', event({ at: '2026-11-20T15:59:00Z' }), 'none'],
  ['a photo of no site', event({ site_id: null }), 'none'],
  ['a site that is not on the board yet', event({ site_id: 6 }), 'refetch'],
  ['a new boundary', event({ verb: 'site.changed' }), 'refetch'],
  ['a new project', event({ verb: 'project.created', site_id: null }), 'refetch'],
  ['a thumbnail', event({ verb: 'photo.derived' }), 'none'],
  ['something of a later version', event({ verb: 'camera.lost' }), 'none'],
])('%s', (_, e, kind) => expect(apply(board, e).kind).toBe(kind));
