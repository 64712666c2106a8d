// Names for what the server says. The shapes are generated (schema.d.ts); here they get the words of the pages,
// and what OpenAPI cannot say: that a reference may be null, and that a boundary is GeoJSON.
import type { components } from './schema';

type S = components['schemas'];

export type Role = S['GrantView']['role'];
/** The life cycle of a project, which is not its batch. */
export type Stage = S['BoardSiteView']['stage'];
/** Longitude, latitude in EPSG:4490, degrees. */
export type LonLat = [number, number];

export type AreaRef = S['AreaRef'];
export type Area = S['AreaView'];
export type Me = Omit<S['Me'], 'roles'> & { roles: Role[] };
export type Session = S['SessionView'];
export type Grant = S['GrantView'];
export type Person = S['PersonView'];
export type Org = S['OrgView'];

export type MapFacts = Omit<S['MapAnswerBody'], 'basemap'> & { basemap: S['Basemap'] | null };
/** One site of the commander's board; areas in m², money in 万元. */
export type BoardSite = S['BoardSiteView'];
/** A project that has no site yet: it is in the ledger and nowhere on the ground. */
export type Unlocated = S['UnlocatedView'];
export type Board = S['BoardAnswerBody'];

/** A seat of the 五个一 team. */
export type Member = S['MemberView'];
export type MemberRole = Member['role'];
export type Batch = S['BatchView'];
export type Project = S['ProjectView'];
export type NewProject = S['NewProjectCallBody'];
export type ProjectChange = S['ChangeProjectCallBody'];

export interface Polygon { type: 'Polygon'; coordinates: number[][][] }
export interface MultiPolygon { type: 'MultiPolygon'; coordinates: number[][][][] }
export type Boundary = Polygon | MultiPolygon;

export type Building = Omit<S['BuildingView'], 'footprint'> & { footprint: Boundary | null };
export type Site = Omit<S['SiteView'], 'boundary' | 'buildings'> & { boundary: Boundary; buildings: Building[] };
export type SiteVersion = Omit<S['BoundaryView'], 'boundary' | 'person'> & { boundary: Boundary; person: S['PersonRef'] | null };

export type Photo = S['PhotoView'];
/** The server's signed word that it holds the bytes. */
export type Receipt = S['ReceiptView'];

export interface List<T> { items: T[] }
/** One page of a list; next is '' on the last. */
export interface Page<T> { items: T[]; next: string }

/** What was understood of a file, before anything is kept. */
export type Import = S['ImportView'];
export type ImportRow = S['ImportRowView'];
export type Outcome = S['OutcomeAnswerBody'];

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
