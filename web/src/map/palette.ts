// The theme's colours as MapLibre wants them: read from the same CSS variables as everything else.

export interface Palette {
  ground: string; land: string; edge: string; water: string; waterInk: string; road: string; roadCase: string; roadInk: string;
  rail: string; ink: string; ink2: string; halo: string; site: string; chosen: string;
  good: string; warn: string; todo: string; none: string;
  stage: [string, string, string, string, string];
  dark: boolean;
}

export function palette(dark: boolean): Palette {
  const css = getComputedStyle(document.documentElement);
  const get = (name: string) => css.getPropertyValue('--' + name).trim();
  return {
    ground: get('map-ground'), land: get('map-land'), edge: get('map-edge'), water: get('map-water'), waterInk: get('map-water-ink'),
    road: get('map-road'), roadCase: get('map-road-case'), roadInk: get('map-road-ink'), rail: get('map-rail'),
    ink: get('map-ink'), ink2: get('map-ink-2'), halo: get('map-halo'), site: get('map-site'), chosen: get('map-chosen'),
    good: get('good-fill'), warn: get('warn-fill'), todo: get('todo'), none: get('none'),
    stage: [get('stage-1'), get('stage-2'), get('stage-3'), get('stage-4'), get('stage-5')],
    dark,
  };
}
