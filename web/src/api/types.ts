// What the server says, as /api/openapi.json describes it.

/** A role key; ui/words gives its name. */
export type Role = 'commander' | 'watcher' | 'inspector' | 'land' | 'forestry' | 'county' | 'auditor' | 'admin';

/** The life cycle of a project, which is not its batch. */
export type Stage =
  | 'idea' | 'reserve' | 'signed' | 'landed' | 'started' | 'building' | 'accepting' | 'producing' | 'reached';

export interface AreaRef { code: string; name: string }

export interface Me {
  id: number;
  name: string;
  login: string;
  org: string;
  roles: Role[];
  scope: { all: boolean; areas: AreaRef[]; projects: number[] };
  home_area: AreaRef;
}

export interface Session {
  id: string;
  device: string;
  ip: string;
  created_at: string;
  seen_at: string;
  current: boolean;
}

export interface Grant { role: Role; area?: string; project_id?: number }

export interface Person {
  id: number;
  login: string;
  name: string;
  title: string;
  phone: string;
  org_id: number | null;
  org: string;
  disabled: boolean;
  grants: Grant[];
}

export interface Org { id: number; name: string; kind: string; area: string }

/** Longitude, latitude in EPSG:4490, degrees. */
export type LonLat = [number, number];

export interface Area { code: string; name: string; level: string; parent: string; at: LonLat | null }

export interface MapFacts {
  city: AreaRef;
  bounds: [number, number, number, number];
  basemap: { template: string; attribution: string; approval_no: string } | null;
  version: { site: string; backdrop: string };
  schematic: boolean;
}

/** One site of the commander's board; areas in m², money in 万元. */
export interface BoardSite {
  id: number;
  county: string;
  project_id: number;
  name: string;
  project: string;
  stage: Stage;
  batches: string[];
  industry: string;
  invest_wan: number | null;
  area_m2: number;
  at: LonLat;
  schematic: boolean;
  photos_today: number;
  last_photo_at: string | null;
}

/** A project that has no site yet: it is in the ledger and nowhere on the ground. */
export interface Unlocated {
  project_id: number;
  name: string;
  stage: Stage;
  area: AreaRef;
  invest_wan: number | null;
}

export interface Board {
  date: string;
  /** Of the site tiles that show the same sites. */
  version: string;
  counts: Record<string, number>;
  sites: BoardSite[];
  unlocated: Unlocated[];
}

/** A seat of the 五个一 team. */
export type MemberRole = 'leader' | 'officer' | 'helper' | 'inspector' | 'owner';

export interface Member {
  role: MemberRole;
  role_name: string;
  name: string;
  title: string;
  phone: string;
  person_id: number | null;
}

export interface Batch { term: number; batch: 'signed' | 'started' | 'producing' }

export interface Project {
  id: number;
  code: string;
  name: string;
  area: AreaRef;
  counties: string[];
  industry: string;
  invest_wan: number | null;
  owner_unit: string;
  stage: Stage;
  batches: Batch[];
  members: Member[];
  sites: { id: number; county: string; name: string; area_m2: number }[];
  note: string;
  source: string;
  created_at: string;
  updated_at: string;
}

export interface Polygon { type: 'Polygon'; coordinates: number[][][] }
export interface MultiPolygon { type: 'MultiPolygon'; coordinates: number[][][][] }
export type Boundary = Polygon | MultiPolygon;

export type BuildingState = 'planned' | 'foundation' | 'structure' | 'fitting' | 'finished' | 'accepted' | 'stopped';

export interface Building { id: number; name: string; state: BuildingState; footprint: Boundary | null }

export interface Site {
  id: number;
  county: string;
  project_id: number;
  name: string;
  boundary: Boundary;
  area_m2: number;
  area_mu: number;
  area_ha: number;
  at: LonLat;
  schematic: boolean;
  version: number;
  valid_from: string;
  buildings: Building[];
}

export interface SiteVersion {
  version: number;
  valid_from: string;
  person: { id: number; name: string } | null;
  reason: string;
  area_m2: number;
  boundary: Boundary;
}

export interface Photo {
  id: string;
  county: string | null;
  site_id: number | null;
  project_id: number | null;
  person: { id: number; name: string };
  sha256: string;
  size: number;
  type: string;
  width: number;
  height: number;
  taken_at: string | null;
  taken_zone: string | null;
  received_at: string;
  position: LonLat | null;
  accuracy_m: number | null;
  position_source: string;
  camera: string;
  flags: string[];
  derivatives: 'waiting' | 'done' | 'failed';
  urls: { original: string; large: string; thumb: string };
}

/** The server's signed word that it holds the bytes. */
export interface Receipt {
  id: string;
  sha256: string;
  size: number;
  site_id: number | null;
  county: string | null;
  person_id: number;
  received_at: string;
  key_id: string;
  signature: string;
  duplicate_of?: string;
  photo: Photo;
}

/** One page of a list; next is '' on the last. */
export interface Page<T> { items: T[]; next: string }

/** What a column of a ledger was taken for; '' for none. */
export type Field =
  | '' | 'seq' | 'name' | 'city' | 'county' | 'place' | 'invest' | 'owner_unit' | 'industry' | 'stage' | 'progress' | 'batch' | 'term'
  | 'code' | 'note' | 'scale' | 'source' | 'signed_on' | 'started_on' | 'finished_on' | 'produced_on' | 'reached_on' | 'leader'
  | 'officer' | 'helper' | 'inspector' | 'owner' | 'phone' | 'post';

export interface ImportRow {
  row: number;
  cells: Record<string, string>;
  project: Partial<Project> | null;
  errors: { cell: string; message: string; code: string }[];
  warnings: { cell: string; message: string; code: string }[];
  action: 'create' | 'update' | 'skip';
}

export interface Import {
  id: number | string;
  state: string;
  columns: { header: string; field: Field }[];
  rows: ImportRow[];
  counts: Record<string, number>;
}

/** One thing that happened, as the stream tells it; `id` is the cursor. */
export interface LiveEvent {
  id: string;
  verb: string;
  at: string;
  county: string | null;
  project_id: number | null;
  site_id: number | null;
  subject: string;
  data: Record<string, unknown>;
}
