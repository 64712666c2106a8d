// A boundary file as somebody drops it in: read as far as the page must to send it and to draw it.
import type { Boundary, LonLat } from '../api/types';

export type FileTrouble = 'not_json' | 'no_polygon' | 'many_features' | 'too_large';
export class BoundaryFileError extends Error {
  constructor(readonly trouble: FileTrouble) {
    super(trouble);
  }
}

/** The server takes 4 MB. */
export const mostBytes = 4 * 1024 * 1024;

/** The one polygon in a GeoJSON text: a geometry, a feature, or a collection of exactly one. The server judges its shape. */
export function readBoundary(text: string): Boundary {
  if (text.length > mostBytes) throw new BoundaryFileError('too_large');
  let said: unknown;
  try {
    said = JSON.parse(text.replace(/^\uFEFF/, ''));
  } catch {
    throw new BoundaryFileError('not_json');
  }
  return polygon(said);
}

function polygon(said: unknown): Boundary {
  if (said === null || typeof said !== 'object') throw new BoundaryFileError('no_polygon');
  const one = said as { type?: unknown; geometry?: unknown; features?: unknown; coordinates?: unknown };
  if (one.type === 'FeatureCollection' && Array.isArray(one.features)) {
    if (one.features.length > 1) throw new BoundaryFileError('many_features');
    return polygon(one.features[0]);
  }
  if (one.type === 'Feature') return polygon(one.geometry);
  if ((one.type === 'Polygon' || one.type === 'MultiPolygon') && Array.isArray(one.coordinates)) return said as Boundary;
  throw new BoundaryFileError('no_polygon');
}

/** The place that a refusal names: from its extra facts, or from two numbers in its words. */
export function troubleSpot(extra: Record<string, unknown>, words: string): LonLat | null {
  for (const value of [extra['at'], extra['point'], extra['crossing']]) {
    if (Array.isArray(value) && value.length >= 2 && value.every((n) => typeof n === 'number')) return [value[0], value[1]] as LonLat;
  }
  const found = /(-?\d{1,3}\.\d+)[,，、\s]+(-?\d{1,2}\.\d+)/.exec(words);
  return found ? [Number(found[1]), Number(found[2])] : null;
}
