// The one owner of MapLibre. It stands outside the component tree, takes plain data and tells plain news.
import {
  type GeoJSONSource, Map as GLMap, type MapMouseEvent, NavigationControl, ScaleControl, setWorkerUrl, type VectorTileSource,
} from 'maplibre-gl';
import 'maplibre-gl/dist/maplibre-gl.css';
import worker from 'maplibre-gl/dist/maplibre-gl-worker.mjs?worker&url';
import type { LonLat, MapFacts } from '../api/types';
import type { ColourBy, Entry } from '../lib/board';
import type { Group } from '../lib/placing';
import type { Camera } from '../lib/view';
import { hatch, marks, sharpness } from './marks';
import { palette } from './palette';
import { iconSize, layers, namesBut, siteTiles, style } from './style';

setWorkerUrl(worker);

export interface Scene {
  shown: readonly Entry[];
  groups: readonly Group[];
  by: ColourBy;
  chosen: Entry | null;
}

export interface News {
  /** A click on a site or an unlocated project; null is a click on nothing. */
  pick(key: string | null): void;
  /** The person moved the map. */
  moved(camera: Camera): void;
  /** The pointer rests on something, or no longer. */
  hover(key: string | null, x: number, y: number): void;
  /** Tiles of the ground fail to arrive, or do again. */
  trouble(now: boolean): void;
}

export interface Words { label: string; group(g: Group): string; ring(g: Group): string; controls: Record<string, string> }
export interface Insets { top: number; right: number; bottom: number; left: number }

type Point = { type: 'Feature'; geometry: { type: 'Point'; coordinates: number[] }; properties: Record<string, unknown> };
const point = (at: LonLat, properties: Record<string, unknown> = {}): Point => ({
  type: 'Feature', geometry: { type: 'Point', coordinates: at }, properties,
});
const together = (features: object[]) => ({ type: 'FeatureCollection', features }) as unknown as Parameters<GeoJSONSource['setData']>[0];

/** How long a pulse lasts, ms. */
const pulseTime = 1000;

export class Ground {
  #map: GLMap;
  #facts: MapFacts;
  #dark: boolean;
  #words: Words;
  #scene: Scene | null = null;
  #drawn: Scene | null = null;
  #by: ColourBy = 'today';
  #ready = false;
  /** What each site of the tiles was last told to be, so that only changes are sent. */
  #told = new globalThis.Map<number, string>();
  #chosen: number | null = null;
  #still = window.matchMedia('(prefers-reduced-motion: reduce)').matches;
  #pulses: { at: LonLat; from: number }[] = [];
  #failing = 0;

  /** Throws where the browser has no WebGL. */
  constructor(
    box: HTMLElement,
    options: { facts: MapFacts; dark: boolean; by: ColourBy; camera: Camera | null; insets: Insets; words: Words; names: { at: LonLat; name: string }[] },
    news: News,
  ) {
    this.#facts = options.facts;
    this.#dark = options.dark;
    this.#words = options.words;
    this.#by = options.by;
    const [west, south, east, north] = options.facts.bounds;
    const [wide, high] = [(east - west) * 1.2 + 0.2, (north - south) * 1.2 + 0.2];
    this.#map = new GLMap({
      container: box,
      style: style(palette(options.dark), options.facts, options.by, location.origin),
      ...(options.camera
        ? { center: [options.camera.lon, options.camera.lat] as LonLat, zoom: options.camera.zoom }
        : { bounds: options.facts.bounds, fitBoundsOptions: { padding: pad(options.insets, 24) } }),
      maxBounds: [west - wide, south - high, east + wide, north + high],
      minZoom: 6, maxZoom: 18.5, maxPitch: 0, dragRotate: false, pitchWithRotate: false, touchPitch: false,
      attributionControl: false, fadeDuration: this.#still ? 0 : 120, locale: options.words.controls,
      renderWorldCopies: false, collectResourceTiming: false,
    });
    this.#map.touchZoomRotate.disableRotation();
    this.#map.keyboard.disableRotation();
    this.#map.addControl(new NavigationControl({ showCompass: false }), 'bottom-right');
    this.#map.addControl(new ScaleControl({ maxWidth: 96 }), 'bottom-right');
    const canvas = this.#map.getCanvas();
    canvas.setAttribute('aria-label', options.words.label);

    this.#map.on('style.load', () => {
      this.#draw();
      this.#ready = true;
      this.#source('name').setData(together(options.names.map(({ at, name }) => point(at, { n: name }))));
      if (this.#scene) this.show(this.#scene);
    });
    // What a bench or a browser test waits for: the box says how far the picture is.
    this.#map.on('idle', () => {
      if (!this.#scene || box.dataset['drawn'] === 'yes') return;
      box.dataset['drawn'] = 'yes';
      performance.mark('guatu:map');
    });
    this.#map.on('click', (e) => news.pick(this.#at(e)));
    this.#map.on('mousemove', (e) => {
      const key = this.#at(e);
      canvas.classList.toggle('pointing', key !== null);
      news.hover(key, e.point.x, e.point.y);
    });
    this.#map.on('mouseout', () => news.hover(null, 0, 0));
    this.#map.on('movestart', () => news.hover(null, 0, 0));
    this.#map.on('moveend', (e) => {
      if (!('originalEvent' in e) && !('told' in e)) return;
      const { lng, lat } = this.#map.getCenter();
      news.moved({ lon: lng, lat, zoom: this.#map.getZoom() });
    });
    this.#map.on('error', (e) => {
      if (!('sourceId' in e)) return;
      if (++this.#failing === 1) news.trouble(true);
    });
    this.#map.on('data', (e) => {
      if (e.dataType !== 'source' || !('tile' in e) || this.#failing === 0) return;
      this.#failing = 0;
      news.trouble(false);
    });
  }

  /** Draws a scene. Only what differs from the last one is sent on. */
  show(scene: Scene): void {
    const was = this.#drawn;
    this.#scene = scene;
    if (!this.#ready) return;
    this.#drawn = scene;
    if (scene.by !== this.#by) this.#recolour(scene.by);
    if (scene.shown !== was?.shown || scene.by !== was.by) this.#spots(scene, was);
    if (scene.groups !== was?.groups) this.#groups(scene);
    if (scene.chosen?.key !== was?.chosen?.key || scene.chosen?.at !== was?.chosen?.at) {
      this.#source('chosen').setData(together(scene.chosen?.at ? [point(scene.chosen.at, { n: scene.chosen.name, o: -1 })] : []));
      this.#map.setFilter('spot-name', namesBut(scene.chosen?.key ?? ''));
    }
    this.#tell(scene);
  }

  /** Another theme, the same view. */
  dress(dark: boolean): void {
    this.#dark = dark;
    if (!this.#ready) return;
    this.#draw();
    this.#paint();
  }

  /** Other words: the language was switched. */
  say(words: Words): void {
    this.#words = words;
    this.#map.getCanvas().setAttribute('aria-label', words.label);
    if (this.#ready && this.#scene) this.#groups(this.#scene);
  }

  /** The sites of the tiles changed: asks for those of the new version. */
  renew(version: string): void {
    const source = this.#map.getSource<VectorTileSource>('site');
    source?.setTiles([siteTiles(location.origin, version)]);
  }

  /** Asks again for what failed to arrive. */
  retry(): void {
    this.#failing = 0;
    for (const id of ['site', 'backdrop']) {
      const source = this.#map.getSource<VectorTileSource>(id);
      if (source) source.setTiles([...source.tiles]);
    }
  }

  /** Brings a place into view, no nearer than it must. */
  goTo(at: LonLat, insets: Insets, zoom = 13.5): void {
    const seen = this.#map.project(at);
    const { clientWidth: w, clientHeight: h } = this.#map.getContainer();
    const inside = seen.x > insets.left + 40 && seen.x < w - insets.right - 40 && seen.y > insets.top + 40 && seen.y < h - insets.bottom - 40;
    if (inside && this.#map.getZoom() >= zoom - 2.5) return;
    this.#map.easeTo(
      {
        center: at, zoom: Math.max(this.#map.getZoom(), zoom), duration: this.#still ? 0 : 500,
        offset: [(insets.left - insets.right) / 2, (insets.top - insets.bottom) / 2],
      },
      { told: true },
    );
  }

  /** Shows everything. */
  goHome(insets: Insets): void {
    this.#map.fitBounds(this.#facts.bounds, { padding: pad(insets, 24), duration: this.#still ? 0 : 400 }, { told: true });
  }

  /** Shows a camera that came from elsewhere: a link, the back button. */
  goCamera(camera: Camera): void {
    this.#map.jumpTo({ center: [camera.lon, camera.lat], zoom: camera.zoom });
  }

  /** One second of a widening ring where a picture has just arrived. */
  pulse(at: LonLat): void {
    if (!this.#ready) return;
    this.#pulses.push({ at, from: performance.now() });
    if (this.#pulses.length === 1) requestAnimationFrame(this.#beat);
  }

  resize(): void {
    this.#map.resize();
  }

  destroy(): void {
    this.#ready = false;
    this.#map.remove();
  }

  #beat = (now: number) => {
    if (!this.#ready) return;
    this.#pulses = this.#pulses.filter((one) => now - one.from < pulseTime);
    this.#source('pulse').setData(together(this.#pulses.map((one) => point(one.at))));
    const latest = this.#pulses.at(-1);
    if (!latest) return;
    const grown = this.#still ? 0.5 : Math.min(1, (now - latest.from) / pulseTime);
    this.#map.setPaintProperty('pulse', 'circle-radius', 8 + 26 * grown);
    this.#map.setPaintProperty('pulse', 'circle-opacity', 0.35 * (1 - grown));
    this.#map.setPaintProperty('pulse', 'circle-stroke-opacity', 1 - grown);
    if (this.#still) setTimeout(() => this.#beat(performance.now()), 250);
    else requestAnimationFrame(this.#beat);
  };

  #spots(scene: Scene, was: Scene | null) {
    const placed = scene.shown.filter((e) => e.at !== null);
    this.#source('spot').setData(
      together(
        placed.map((e, i) =>
          point(e.at as LonLat, {
            k: e.key, u: e.site === null, r: placed.length - i,
            i: e.site === null ? 'unknown' : scene.by === 'today' ? e.today : e.step,
          }),
        ),
      ),
    );
    for (const id of ['spot', 'apart']) this.#map.setLayoutProperty(id, 'icon-size', iconSize(placed.length));
    // Names wait for their letters to be drawn; the marks must not wait with them, so they are a source of their own,
    // and a photo that arrives does not place them anew.
    if (was && sameNames(was.shown, scene.shown)) return;
    const rank = new globalThis.Map([...placed].sort((a, b) => (b.invest_wan ?? 0) - (a.invest_wan ?? 0)).map((e, i) => [e.key, i]));
    this.#source('label').setData(
      together(placed.map((e) => point(e.at as LonLat, { k: e.key, n: e.name, u: e.site === null, o: rank.get(e.key) ?? 0 }))),
    );
  }

  #groups(scene: Scene) {
    this.#source('group').setData(
      together(scene.groups.map((g) => point(g.at, { n: this.#words.group(g), long: this.#words.ring(g), c: g.county }))),
    );
    this.#source('ring').setData(
      together(scene.groups.map((g) => ({ type: 'Feature', properties: {}, geometry: { type: 'Polygon', coordinates: [g.ring] } }))),
    );
  }

  #tell(scene: Scene) {
    const now = new globalThis.Map<number, string>();
    for (const e of scene.shown) if (e.site !== null) now.set(e.site, scene.by === 'today' ? e.today : e.step);
    for (const [id, is] of now) {
      if (this.#told.get(id) !== is) this.#map.setFeatureState(feature(id), { is, shown: true });
    }
    for (const id of this.#told.keys()) if (!now.has(id)) this.#map.setFeatureState(feature(id), { shown: false });
    this.#told = now;
    const chosen = scene.chosen?.site ?? null;
    if (chosen === this.#chosen) return;
    if (this.#chosen !== null) this.#map.setFeatureState(feature(this.#chosen), { chosen: false });
    if (chosen !== null) this.#map.setFeatureState(feature(chosen), { chosen: true });
    this.#chosen = chosen;
  }

  #recolour(by: ColourBy) {
    this.#by = by;
    this.#paint();
  }

  /** Sends the paint of every layer anew: MapLibre skips what is the same. */
  #paint() {
    for (const layer of layers(palette(this.#dark), this.#facts, this.#by)) {
      for (const [name, value] of Object.entries(layer.paint ?? {})) {
        if (layer.id !== 'pulse' || name.endsWith('color')) this.#map.setPaintProperty(layer.id, name as never, value as never);
      }
    }
  }

  #draw() {
    const p = palette(this.#dark);
    for (const { name, image } of [...marks(p), { name: 'hatch', image: hatch(p) }]) {
      if (this.#map.hasImage(name)) this.#map.updateImage(name, image);
      else this.#map.addImage(name, image, { pixelRatio: sharpness });
    }
  }

  #source(id: string): GeoJSONSource {
    return this.#map.getSource(id) as GeoJSONSource;
  }

  /** The key of what lies under the pointer, a thumb's width round it: the nearest mark, then a name, then a polygon. */
  #at(e: MapMouseEvent): string | null {
    if (!this.#ready) return null;
    const { x, y } = e.point;
    const near = this.#map.queryRenderedFeatures([[x - 8, y - 8], [x + 8, y + 8]], { layers: ['spot', 'apart', 'group'] });
    const [nearest] = near
      .map((f) => {
        const [lon = 0, lat = 0] = f.geometry.type === 'Point' ? f.geometry.coordinates : [];
        const seen = this.#map.project([lon, lat]);
        return { f, far: Math.hypot(seen.x - x, seen.y - y) };
      })
      .sort((a, b) => a.far - b.far);
    if (nearest) return nearest.f.layer.id === 'group' ? 'g' + String(nearest.f.properties['c']) : String(nearest.f.properties['k']);
    const [named] = this.#map.queryRenderedFeatures([x, y], { layers: ['spot-name', 'apart-name'] });
    if (named) return String(named.properties['k']);
    const [under] = this.#map.queryRenderedFeatures([x, y], { layers: ['site-fill'] }).filter((f) => f.state['shown'] === true);
    return under?.id === undefined ? null : 's' + String(under.id);
  }
}

/** Whether the same things stand at the same places under the same names. */
function sameNames(a: readonly Entry[], b: readonly Entry[]): boolean {
  if (a.length !== b.length) return false;
  const names = new globalThis.Map(a.map((e) => [e.key, e]));
  return b.every((e) => {
    const was = names.get(e.key);
    return was !== undefined && was.name === e.name && was.at?.[0] === e.at?.[0] && was.at?.[1] === e.at?.[1];
  });
}

const feature = (id: number) => ({ source: 'site', sourceLayer: 'site', id });
const pad = (i: Insets, more: number) => ({ top: i.top + more, right: i.right + more, bottom: i.bottom + more, left: i.left + more });
