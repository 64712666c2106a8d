// The map page's address: everything that a link must bring back, and nothing else.
import { noFilter, orders, steps, todays, type ColourBy, type Filter, type Order } from './board';
import { isDay } from './time';

export interface Camera { lon: number; lat: number; zoom: number }

export interface View {
  /** Null shows the whole city. */
  camera: Camera | null;
  by: ColourBy;
  filter: Filter;
  order: Order;
  /** The chosen site, or the chosen project that has none. */
  site: number | null;
  project: number | null;
  /** YYYY-MM-DD, or '' for today. */
  day: string;
}

export const home: View = {
  camera: null, by: 'today', filter: noFilter, order: 'attention', site: null, project: null, day: '',
};

/** Reads an address's query. What it does not understand is as if it had not been there. */
export function readView(search: string): View {
  const q = new URLSearchParams(search);
  const day = q.get('day') ?? '';
  return {
    camera: readCamera(q.get('at')),
    by: q.get('by') === 'stage' ? 'stage' : 'today',
    filter: {
      q: q.get('q') ?? '',
      today: among(q.get('today'), todays),
      step: among(q.get('step'), steps),
      county: (q.get('county') ?? '').split(',').filter((c) => /^\d{6,12}$/.test(c)),
      batch: /^[a-z]+:\d+$/.test(q.get('batch') ?? '') ? (q.get('batch') as string) : '',
    },
    order: among(q.get('order'), orders)[0] ?? 'attention',
    site: readId(q.get('site')),
    project: readId(q.get('project')),
    day: isDay(day) ? day : '',
  };
}

/** Writes the query of a view, with its question mark; '' for home. Keys of other owners in search are kept. */
export function writeView(view: View, search = ''): string {
  const q = new URLSearchParams(search);
  const set = (key: string, value: string) => (value === '' ? q.delete(key) : q.set(key, value));
  set('at', view.camera ? [view.camera.lon.toFixed(5), view.camera.lat.toFixed(5), view.camera.zoom.toFixed(2)].join(',') : '');
  set('by', view.by === 'today' ? '' : view.by);
  set('q', view.filter.q);
  set('today', view.filter.today.join(','));
  set('step', view.filter.step.join(','));
  set('county', view.filter.county.join(','));
  set('batch', view.filter.batch);
  set('order', view.order === 'attention' ? '' : view.order);
  set('site', view.site === null ? '' : String(view.site));
  set('project', view.project === null ? '' : String(view.project));
  set('day', view.day);
  const s = q.toString().replaceAll('%2C', ',').replaceAll('%3A', ':');
  return s && '?' + s;
}

function readCamera(text: string | null): Camera | null {
  const n = (text ?? '').split(',').map(Number);
  const [lon, lat, zoom] = n;
  if (n.length !== 3 || lon === undefined || lat === undefined || zoom === undefined || !n.every(Number.isFinite)) return null;
  if (Math.abs(lon) > 180 || Math.abs(lat) > 85 || zoom < 0 || zoom > 22) return null;
  return { lon, lat, zoom };
}

function readId(text: string | null): number | null {
  return text !== null && /^[1-9]\d{0,14}$/.test(text) ? Number(text) : null;
}

function among<T extends string>(text: string | null, known: readonly T[]): T[] {
  return (text ?? '').split(',').filter((v): v is T => (known as readonly string[]).includes(v));
}
