import type { Role } from '../api/types';

export const roles: readonly Role[] = ['commander', 'watcher', 'inspector', 'land', 'forestry', 'county', 'auditor', 'admin'];
