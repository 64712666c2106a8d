import type { Key } from './zh';

export const en: Record<Key, string> = {
  'app.name': 'Guatu',
  'nav.map': 'Map',
  'nav.projects': 'Projects',
  'nav.import': 'Import',
  'nav.people': 'People',
  'nav.devices': 'Signed-in devices',
  'nav.phone': 'Phone upload',
};
