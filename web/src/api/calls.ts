// Every question the pages ask the server, one function each.
import { request, send } from './send';
import type {
  Area, Board, Boundary, Building, Import, MapFacts, Me, Member, MemberRole, Page, Photo, Project, Session, Site, SiteVersion,
} from './types';

const v1 = '/api/v1';

export const login = (login: string, password: string, device: string) =>
  send<{ person: Me }>(`${v1}/sessions`, { method: 'POST', json: { login, password, device } });
export const logout = () => send<void>(`${v1}/sessions/current`, { method: 'DELETE' });
export const sessions = (signal?: AbortSignal) => send<{ items: Session[] }>(`${v1}/sessions`, opt(signal));
export const revoke = (id: string) => send<void>(`${v1}/sessions/${id}`, { method: 'DELETE' });
export const me = (signal?: AbortSignal) => send<Me>(`${v1}/me`, opt(signal));

export const areas = (signal?: AbortSignal) => send<{ items: Area[] }>(`${v1}/areas`, opt(signal));
export const mapFacts = (signal?: AbortSignal) => send<MapFacts>(`${v1}/map`, opt(signal));
export const board = (date: string, signal?: AbortSignal) =>
  send<Board>(`${v1}/board`, { query: { date }, ...opt(signal) });

export interface ProjectQuery { limit?: number; cursor?: string; q?: string; stage?: string; county?: string; batch?: string }
export const projects = (query: ProjectQuery, signal?: AbortSignal) =>
  send<Page<Project>>(`${v1}/projects`, { query: { ...query }, ...opt(signal) });
export const project = (id: number, signal?: AbortSignal) => send<Project>(`${v1}/projects/${id}`, opt(signal));
export const putMember = (id: number, role: MemberRole, member: Partial<Member>) =>
  send<Member>(`${v1}/projects/${id}/members/${role}`, { method: 'PUT', json: member });
export const dropMember = (id: number, role: MemberRole) =>
  send<void>(`${v1}/projects/${id}/members/${role}`, { method: 'DELETE' });

export const site = (id: number, signal?: AbortSignal) => send<Site>(`${v1}/sites/${id}`, opt(signal));
export const siteVersions = (id: number, signal?: AbortSignal) =>
  send<{ items: SiteVersion[] }>(`${v1}/sites/${id}/versions`, opt(signal));
export const putBoundary = (id: number, boundary: Boundary, reason: string) =>
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
export const importErrors = (id: number | string) => request(`${v1}/imports/${id}/errors.xlsx`);

function opt(signal?: AbortSignal): { signal?: AbortSignal } {
  return signal ? { signal } : {};
}
