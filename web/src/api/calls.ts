// Every question the pages ask the server, one function each. Paths and shapes are checked against the server's own description.
import { client, data, narrowed } from './client';
import { send } from './send';
import type { paths } from './schema';
import type {
  Area, Board, Boundary, Building, Grant, Import, List, MapFacts, Me, Member, MemberRole, NewProject, Org, Outcome, Page, Person, Photo, Project,
  ProjectChange, Session, Site, SiteVersion,
} from './types';

type Query<P extends keyof paths> = paths[P] extends { get: { parameters: { query?: infer Q } } } ? NonNullable<Q> : never;
export type ProjectQuery = Query<'/api/v1/projects'>;
export type PhotoQuery = Query<'/api/v1/photos'>;
type Ask = AbortSignal | undefined;

export const login = (login: string, password: string) =>
  narrowed<{ person: Me }>(client.POST('/api/v1/sessions', { body: { login, password } }));
export const logout = () => client.DELETE('/api/v1/sessions/current');
export const sessions = (signal?: Ask) => data<List<Session>>(client.GET('/api/v1/sessions', opt(signal)));
export const revoke = (id: number) => client.DELETE('/api/v1/sessions/{id}', { params: { path: { id } } });
export const changePassword = (old: string, next: string) => client.PUT('/api/v1/me/password', { body: { old, new: next } });
export const me = (signal?: Ask) => narrowed<Me>(client.GET('/api/v1/me', opt(signal)));

export const areas = (signal?: Ask) => data<List<Area>>(client.GET('/api/v1/areas', opt(signal)));
export const mapFacts = (signal?: Ask) => data<MapFacts>(client.GET('/api/v1/map', opt(signal)));
/** The board of a day, YYYY-MM-DD; '' is today. */
export const board = (date: string, signal?: Ask) =>
  data<Board>(client.GET('/api/v1/board', { params: { query: date ? { date } : {} }, ...opt(signal) }));

export const projects = (query: ProjectQuery, signal?: Ask) =>
  data<Page<Project>>(client.GET('/api/v1/projects', { params: { query: said(query) }, ...opt(signal) }));
export const project = (id: number, signal?: Ask) =>
  data<Project>(client.GET('/api/v1/projects/{id}', { params: { path: { id } }, ...opt(signal) }));
export const createProject = (body: NewProject) => data<Project>(client.POST('/api/v1/projects', { body }));
/** Changes a project; version, where given, refuses what somebody else changed meanwhile. */
export const patchProject = (id: number, body: ProjectChange, version?: number) =>
  data<Project>(client.PATCH('/api/v1/projects/{id}', {
    params: { path: { id }, header: version === undefined ? {} : { 'If-Match': `"${version}"` } }, body,
  }));
export const putMember = (id: number, role: MemberRole, body: { name: string; title: string; phone: string; person_id?: number }) =>
  data<Member>(client.PUT('/api/v1/projects/{id}/members/{role}', { params: { path: { id, role } }, body }));
export const dropMember = (id: number, role: MemberRole) =>
  client.DELETE('/api/v1/projects/{id}/members/{role}', { params: { path: { id, role } } });

export const site = (id: number, signal?: Ask) =>
  narrowed<Site>(client.GET('/api/v1/sites/{id}', { params: { path: { id } }, ...opt(signal) }));
export const createSite = (body: { project_id: number; county: string; name: string; boundary: Boundary; reason: string }) =>
  narrowed<Site>(client.POST('/api/v1/sites', { body: { ...body, boundary: { ...body.boundary } } }));
export const putBoundary = (id: number, boundary: Boundary, reason: string) =>
  narrowed<Site>(client.PUT('/api/v1/sites/{id}/boundary', { params: { path: { id } }, body: { boundary: { ...boundary }, reason } }));
export const addBuilding = (site: number, name: string) =>
  client.POST('/api/v1/sites/{id}/buildings', { params: { path: { id: site } }, body: { name } });
export const changeBuilding = (site: number, bid: number, state: Building['state']) =>
  client.PATCH('/api/v1/sites/{id}/buildings/{bid}', { params: { path: { id: site, bid } }, body: { state } });
export const siteVersions = (id: number, signal?: Ask) =>
  narrowed<List<SiteVersion>>(client.GET('/api/v1/sites/{id}/versions', { params: { path: { id } }, ...opt(signal) }));

export const photos = (query: PhotoQuery, signal?: Ask) =>
  data<Page<Photo>>(client.GET('/api/v1/photos', { params: { query: said(query) }, ...opt(signal) }));

export const orgs = (signal?: Ask) => data<List<Org>>(client.GET('/api/v1/orgs', opt(signal)));
export const persons = (query: Query<'/api/v1/persons'>, signal?: Ask) =>
  data<Page<Person>>(client.GET('/api/v1/persons', { params: { query: said(query) }, ...opt(signal) }));
export const addPerson = (body: paths['/api/v1/persons']['post']['requestBody']['content']['application/json']) =>
  data<Person>(client.POST('/api/v1/persons', { body }));
export const setGrants = (id: number, grants: Grant[]) =>
  data<Person>(client.PUT('/api/v1/persons/{id}/grants', { params: { path: { id } }, body: { grants } }));
export const resetPassword = (id: number, password: string) =>
  client.PUT('/api/v1/persons/{id}/password', { params: { path: { id } }, body: { password } });
export const disablePerson = (id: number, disabled: boolean) =>
  data<Person>(client.PUT('/api/v1/persons/{id}/disabled', { params: { path: { id } }, body: { disabled } }));

/** Sends a ledger for its preview; unit answers what the file left open. */
export const importProjects = (file: File, unit?: string) =>
  send<Import>('/api/v1/imports/projects', {
    method: 'POST', query: { filename: file.name, unit }, body: file, headers: { 'content-type': 'application/octet-stream' },
  });
export const importSites = (file: File) =>
  send<Import>('/api/v1/imports/sites', {
    method: 'POST', query: { filename: file.name }, body: file, headers: { 'content-type': 'application/octet-stream' },
  });
export const acceptImport = (id: number) =>
  data<Outcome>(client.POST('/api/v1/imports/{id}/accept', { params: { path: { id } } }));

function opt(signal: Ask): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}

/** A query without what says nothing: the server refuses an empty stage. */
function said<T extends object>(query: T): T {
  return Object.fromEntries(Object.entries(query).filter(([, v]) => v !== '' && v !== undefined && v !== null)) as T;
}
