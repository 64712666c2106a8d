// Every question the pages ask the server, one function each.
import { request, send } from './send';
import type {
  Area, Board, Building, Grant, Import, MapFacts, Me, Member, MemberRole, Org, Page, Person, Photo, Project, Session, Site,
  SiteVersion,
} from './types';

const v1 = '/api/v1';

export const login = (login: string, password: string) =>
  send<{ person: Me }>(`${v1}/sessions`, { method: 'POST', json: { login, password } });
export const logout = () => send<void>(`${v1}/sessions/current`, { method: 'DELETE' });
export const sessions = (signal?: AbortSignal) => send<{ items: Session[] }>(`${v1}/sessions`, opt(signal));
export const revoke = (id: string) => send<void>(`${v1}/sessions/${id}`, { method: 'DELETE' });
export const changePassword = (old: string, password: string) =>
  send<void>(`${v1}/me/password`, { method: 'PUT', json: { old, password } });
export const me = (signal?: AbortSignal) => send<Me>(`${v1}/me`, opt(signal));

export const areas = (signal?: AbortSignal) => send<{ items: Area[] }>(`${v1}/areas`, opt(signal));
export const mapFacts = (signal?: AbortSignal) => send<MapFacts>(`${v1}/map`, opt(signal));
export const board = (date: string, signal?: AbortSignal) =>
  send<Board>(`${v1}/board`, { query: { date }, ...opt(signal) });

export interface ProjectQuery { limit?: number; cursor?: string; q?: string; stage?: string; county?: string; batch?: string }
export const projects = (query: ProjectQuery, signal?: AbortSignal) =>
  send<Page<Project>>(`${v1}/projects`, { query: { ...query }, ...opt(signal) });
export const project = (id: number, signal?: AbortSignal) => send<Project>(`${v1}/projects/${id}`, opt(signal));
export const createProject = (body: Record<string, unknown>) => send<Project>(`${v1}/projects`, { method: 'POST', json: body });
export const patchProject = (id: number, body: Record<string, unknown>) =>
  send<Project>(`${v1}/projects/${id}`, { method: 'PATCH', json: body });
export const putMember = (id: number, role: MemberRole, member: Partial<Member>) =>
  send<Member>(`${v1}/projects/${id}/members/${role}`, { method: 'PUT', json: member });
export const dropMember = (id: number, role: MemberRole) =>
  send<void>(`${v1}/projects/${id}/members/${role}`, { method: 'DELETE' });

export const site = (id: number, signal?: AbortSignal) => send<Site>(`${v1}/sites/${id}`, opt(signal));
export const createSite = (body: { project_id: number; county: string; name: string; boundary: unknown; reason: string }) =>
  send<Site>(`${v1}/sites`, { method: 'POST', json: body });
export const siteVersions = (id: number, signal?: AbortSignal) =>
  send<{ items: SiteVersion[] }>(`${v1}/sites/${id}/versions`, opt(signal));
export const putBoundary = (id: number, boundary: unknown, reason: string) =>
  send<Site>(`${v1}/sites/${id}/boundary`, { method: 'PUT', json: { boundary, reason } });
export const buildings = (id: number, signal?: AbortSignal) =>
  send<{ items: Building[] }>(`${v1}/sites/${id}/buildings`, opt(signal));

export interface PhotoQuery {
  site_id?: number; project_id?: number; county?: string; day?: string; mine?: boolean; limit?: number; cursor?: string;
}
export const photos = (query: PhotoQuery, signal?: AbortSignal) =>
  send<Page<Photo>>(`${v1}/photos`, { query: { ...query }, ...opt(signal) });

export const importProjects = (file: File, signal?: AbortSignal) =>
  send<Import>(`${v1}/imports/projects`, {
    method: 'POST', query: { filename: file.name }, body: file,
    headers: { 'content-type': file.type || 'application/octet-stream' }, ...opt(signal),
  });
export const acceptImport = (id: number | string) =>
  send<{ created: number; updated: number; skipped: number }>(`${v1}/imports/${id}/accept`, { method: 'POST' });
export const importSites = (file: File, signal?: AbortSignal) =>
  send<Import>(`${v1}/imports/sites`, {
    method: 'POST', query: { filename: file.name }, body: file,
    headers: { 'content-type': 'application/geo+json' }, ...opt(signal),
  });
export const importErrors = (id: number | string) => request(`${v1}/imports/${id}/errors.xlsx`);

export const orgs = (signal?: AbortSignal) => send<{ items: Org[] }>(`${v1}/orgs`, opt(signal));
export const persons = (query: { limit?: number; cursor?: string }, signal?: AbortSignal) =>
  send<Page<Person>>(`${v1}/persons`, { query, ...opt(signal) });
export const addPerson = (body: Record<string, unknown>) => send<Person>(`${v1}/persons`, { method: 'POST', json: body });
export const setGrants = (id: number, grants: Grant[]) =>
  send<Person>(`${v1}/persons/${id}/grants`, { method: 'PUT', json: { grants } });
export const resetPassword = (id: number, password: string) =>
  send<void>(`${v1}/persons/${id}/password`, { method: 'PUT', json: { password } });
export const disablePerson = (id: number, disabled: boolean) =>
  send<Person>(`${v1}/persons/${id}/disabled`, { method: 'PUT', json: { disabled } });

function opt(signal?: AbortSignal): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
