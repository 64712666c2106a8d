// The map's look: what is drawn, in which order, from which of our own tiles.
import type {
  ExpressionSpecification, FilterSpecification, LayerSpecification, SourceSpecification, StyleSpecification, SymbolLayerSpecification,
} from 'maplibre-gl';
import type { MapFacts } from '../api/types';
import type { ColourBy } from '../lib/board';
import type { Palette } from './palette';

/** Drawn by the browser from fonts it has: a glyph server is one more thing to go missing. */
const font = ['Noto Sans SC', 'Noto Sans CJK SC', 'PingFang SC', 'Microsoft YaHei', 'sans-serif'];
const nothing = { type: 'FeatureCollection' as const, features: [] };

/** Below this zoom a project without a site is part of its county's group; from it on it has its own mark. */
export const apartZoom = 11;

export function style(p: Palette, facts: MapFacts, by: ColourBy, origin: string): StyleSpecification {
  return { version: 8, sources: sources(facts, origin), layers: layers(p, facts, by) };
}

export function siteTiles(origin: string, version: string): string {
  return `${origin}/tiles/site/{z}/{x}/{y}.mvt?v=${encodeURIComponent(version)}`;
}

function sources(facts: MapFacts, origin: string): Record<string, SourceSpecification> {
  const points: SourceSpecification = { type: 'geojson', data: nothing, tolerance: 0, buffer: 64 };
  return {
    ...(facts.basemap
      ? { basemap: { type: 'raster', tiles: [facts.basemap.template], tileSize: 256, maxzoom: 18 } satisfies SourceSpecification }
      : {}),
    backdrop: {
      type: 'vector',
      tiles: [`${origin}/tiles/county,river,road,rail/{z}/{x}/{y}.mvt?v=${encodeURIComponent(facts.version.backdrop)}`],
      minzoom: 4, maxzoom: 14, bounds: facts.bounds,
    },
    site: { type: 'vector', tiles: [siteTiles(origin, facts.version.site)], minzoom: 8, maxzoom: 16, bounds: facts.bounds },
    spot: points,
    label: points,
    group: points,
    ring: points,
    name: points,
    pulse: points,
    chosen: points,
  };
}

/** Our own 示意 ground, which gives way to a reviewed basemap: two rivers side by side would both be wrong. */
const ours = new Set(['river-area', 'river', 'rail', 'road-case', 'road', 'water-name', 'road-name']);

/** The layers from the ground up. Colours come only from the palette, so that a change of theme is a change of paint. */
export function layers(p: Palette, facts: MapFacts, by: ColourBy): LayerSpecification[] {
  return every(p, facts, by).filter((layer) => facts.basemap === null || !ours.has(layer.id));
}

function every(p: Palette, facts: MapFacts, by: ColourBy): LayerSpecification[] {
  const photo = facts.basemap !== null;
  const shown: ExpressionSpecification = ['case', ['boolean', ['feature-state', 'shown'], false], 1, 0];
  const state = stateColour(p, by);
  return [
    { id: 'ground', type: 'background', paint: { 'background-color': p.ground } },
    { id: 'land', type: 'fill', source: 'backdrop', 'source-layer': 'county', paint: { 'fill-color': p.land, 'fill-antialias': false } },
    ...(photo
      ? [{
          id: 'basemap', type: 'raster', source: 'basemap',
          paint: { 'raster-brightness-max': p.dark ? 0.5 : 1, 'raster-saturation': p.dark ? -0.5 : -0.15 },
        } satisfies LayerSpecification]
      : []),
    {
      id: 'river-area', type: 'fill', source: 'backdrop', 'source-layer': 'river', filter: ['==', ['geometry-type'], 'Polygon'],
      paint: { 'fill-color': p.water },
    },
    {
      id: 'river', type: 'line', source: 'backdrop', 'source-layer': 'river', filter: ['==', ['geometry-type'], 'LineString'],
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': p.water, 'line-width': byRank([8, 3, 1], [14, 12, 3]) },
    },
    {
      id: 'rail', type: 'line', source: 'backdrop', 'source-layer': 'rail', minzoom: 8,
      paint: { 'line-color': p.rail, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 14, 2.5], 'line-dasharray': [5, 3] },
    },
    {
      id: 'road-case', type: 'line', source: 'backdrop', 'source-layer': 'road',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': p.roadCase, 'line-width': byRank([8, 2.2, 0.6], [14, 9, 4]) },
    },
    {
      id: 'road', type: 'line', source: 'backdrop', 'source-layer': 'road',
      layout: { 'line-cap': 'round', 'line-join': 'round' },
      paint: { 'line-color': p.road, 'line-width': byRank([8, 1.2, 0.3], [14, 7, 2.6]) },
    },
    {
      id: 'county-edge', type: 'line', source: 'backdrop', 'source-layer': 'county',
      paint: { 'line-color': p.edge, 'line-width': ['interpolate', ['linear'], ['zoom'], 8, 1, 14, 2], 'line-dasharray': [4, 2, 1, 2] },
    },
    {
      id: 'site-fill', type: 'fill', source: 'site', 'source-layer': 'site',
      paint: { 'fill-color': state, 'fill-opacity': ['*', shown, ['case', ['boolean', ['feature-state', 'chosen'], false], 0.42, p.dark ? 0.22 : 0.28]] },
    },
    {
      id: 'site-edge', type: 'line', source: 'site', 'source-layer': 'site', minzoom: 10,
      layout: { 'line-join': 'round' },
      paint: {
        'line-color': ['case', ['boolean', ['feature-state', 'chosen'], false], p.chosen, p.site],
        'line-opacity': shown,
        'line-width': ['interpolate', ['linear'], ['zoom'],
          10, ['case', ['boolean', ['feature-state', 'chosen'], false], 2, 0.5],
          15, ['case', ['boolean', ['feature-state', 'chosen'], false], 4, 1.6]],
      },
    },
    { id: 'ring-fill', type: 'fill', source: 'ring', minzoom: apartZoom, paint: { 'fill-pattern': 'hatch', 'fill-opacity': 0.22 } },
    {
      id: 'ring', type: 'line', source: 'ring', minzoom: apartZoom,
      paint: { 'line-color': p.none, 'line-width': 1, 'line-dasharray': [4, 3] },
    },
    {
      id: 'water-name', type: 'symbol', source: 'backdrop', 'source-layer': 'river', minzoom: 9.5, filter: ['!=', ['coalesce', ['get', 'name'], ''], ''],
      layout: {
        'symbol-placement': 'line', 'symbol-spacing': 420, 'text-field': ['get', 'name'], 'text-font': font, 'text-size': 12,
        'text-letter-spacing': 0.25, 'text-padding': 12,
      },
      paint: halo(p, p.waterInk),
    },
    {
      id: 'road-name', type: 'symbol', source: 'backdrop', 'source-layer': 'road', minzoom: 11, filter: ['!=', ['coalesce', ['get', 'name'], ''], ''],
      layout: {
        'symbol-placement': 'line', 'symbol-spacing': 520, 'text-field': ['get', 'name'], 'text-font': font, 'text-size': 12, 'text-padding': 16,
        'symbol-sort-key': ['coalesce', ['get', 'rank'], 9],
      },
      paint: halo(p, p.roadInk),
    },
    {
      id: 'chosen', type: 'circle', source: 'chosen',
      paint: {
        'circle-radius': ['interpolate', ['linear'], ['zoom'], 8, 11, 15, 17], 'circle-color': p.chosen, 'circle-opacity': 0.14,
        'circle-stroke-color': p.chosen, 'circle-stroke-width': 2,
      },
    },
    {
      id: 'pulse', type: 'circle', source: 'pulse',
      paint: { 'circle-radius': 0, 'circle-color': p.good, 'circle-opacity': 0, 'circle-stroke-color': p.good, 'circle-stroke-width': 2.5 },
    },
    name('spot-name', 'label', p, namesBut('')),
    { ...name('apart-name', 'label', p, ['get', 'u']), minzoom: 12 },
    {
      id: 'ring-name', type: 'symbol', source: 'group', minzoom: apartZoom,
      layout: {
        'text-field': ['get', 'long'], 'text-font': font, 'text-size': 12, 'text-anchor': 'top', 'text-offset': [0, 1.2], 'text-max-width': 24,
      },
      paint: halo(p, p.ink2),
    },
    { ...mark('apart', ['get', 'u']), minzoom: apartZoom },
    {
      id: 'group', type: 'symbol', source: 'group', maxzoom: apartZoom,
      layout: {
        'icon-image': 'unknown', 'icon-size': 1.1, 'icon-allow-overlap': true, 'text-allow-overlap': true,
        'text-field': ['get', 'n'], 'text-font': font, 'text-size': 12, 'text-anchor': 'left', 'text-offset': [0.9, 0], 'text-max-width': 20,
      },
      paint: halo(p, p.ink2),
    },
    // Marks stand above the names, so that names find their place round them.
    mark('spot', ['!', ['get', 'u']]),
    name('chosen-name', 'chosen', p, true),
    // Counties are named first, so that the names of sites keep clear of them.
    {
      id: 'county-name', type: 'symbol', source: 'name', maxzoom: 13,
      layout: {
        'text-field': ['get', 'n'], 'text-font': font, 'text-letter-spacing': 0.3, 'text-max-width': 20, 'text-padding': 2,
        'text-size': ['interpolate', ['linear'], ['zoom'], 8, 13, 12, 26],
        'text-variable-anchor': ['bottom', 'top', 'right', 'left'], 'text-radial-offset': 0.8,
      },
      paint: { ...halo(p, p.ink2), 'text-halo-width': 1.2, 'text-opacity': ['interpolate', ['linear'], ['zoom'], 11.5, 0.85, 13, 0] },
    },
  ];
}

/** Which names are shown: the larger the investment the sooner. The chosen site's is on a layer of its own. */
export function namesBut(key: string): FilterSpecification {
  return ['all', ['!', ['get', 'u']], ['!=', ['get', 'k'], key], ['<', ['get', 'o'], ['step', ['zoom'], 20, 9, 45, 10, 120, 11, 1e9]]];
}

/** How large a mark is: fewer sites, larger marks; ten thousand become a fine grain that still tells shape from shape when zoomed. */
export function iconSize(sites: number): ExpressionSpecification {
  const small = sites <= 200 ? 0.72 : sites <= 2000 ? 0.5 : 0.3;
  return ['interpolate', ['linear'], ['zoom'], 8, small, 11, Math.min(0.9, small * 1.5), 14, 1];
}

function mark(id: string, filter: FilterSpecification): SymbolLayerSpecification {
  return {
    id, type: 'symbol', source: 'spot', filter,
    layout: {
      'icon-image': ['get', 'i'], 'icon-allow-overlap': true, 'icon-size': iconSize(0), 'symbol-sort-key': ['get', 'r'], 'icon-padding': 0,
    },
  };
}

function name(id: string, source: string, p: Palette, filter: FilterSpecification): SymbolLayerSpecification {
  return {
    id, type: 'symbol', source, filter,
    layout: {
      'text-field': ['get', 'n'], 'text-font': font, 'text-max-width': 11, 'text-line-height': 1.15,
      'text-size': ['interpolate', ['linear'], ['zoom'], 9, 12, 14, 14],
      'text-variable-anchor': ['left', 'right', 'top', 'bottom'], 'text-radial-offset': 0.95, 'text-justify': 'auto', 'text-padding': 4,
      'symbol-sort-key': ['get', 'o'],
    },
    paint: halo(p, p.ink),
  };
}

function stateColour(p: Palette, by: ColourBy): ExpressionSpecification {
  const of: ExpressionSpecification = ['to-string', ['feature-state', 'is']];
  return by === 'today'
    ? ['match', of, 'kept', p.good, 'waiting', p.todo, 'late', p.warn, p.none]
    : ['match', of, 'plan', p.stage[0], 'sign', p.stage[1], 'start', p.stage[2], 'build', p.stage[3], 'run', p.stage[4], p.none];
}

function halo(p: Palette, ink: string) {
  return { 'text-color': ink, 'text-halo-color': p.halo, 'text-halo-width': 1.4, 'text-halo-blur': 0.4 };
}

/** A width that grows from zoom a to zoom b; each is [zoom, width at rank 0, width at rank 3 and below]. */
function byRank(a: [number, number, number], b: [number, number, number]): ExpressionSpecification {
  const at = ([zoom, wide, thin]: [number, number, number]): [number, ExpressionSpecification] => [
    zoom, ['interpolate', ['linear'], ['to-number', ['get', 'rank'], 2], 0, wide, 3, thin],
  ];
  return ['interpolate', ['exponential', 1.4], ['zoom'], ...at(a), ...at(b)] as ExpressionSpecification;
}
