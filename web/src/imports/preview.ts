// What an import's preview says, counted and put beside its cells.
import type { Import, ImportRow } from '../api/types';

export interface Tally { create: number; update: number; skip: number; wrong: number; warned: number }

/** Rows by what would happen to them, as the server counted; a row with errors happens to nothing. */
export function tally({ counts }: Pick<Import, 'counts'>): Tally {
  const of = (name: string) => counts[name] ?? 0;
  return { create: of('create'), update: of('update'), skip: of('skip'), wrong: of('errors'), warned: of('warnings') };
}

export interface CellNote { kind: 'error' | 'warning'; message: string }

/** A row's notes by the header of their cell, the worst first; those that belong to no shown cell are the row's. */
export function cellErrors(row: ImportRow): { cells: Record<string, CellNote>; row: CellNote[] } {
  const cells: Record<string, CellNote> = {};
  const rest: CellNote[] = [];
  const put = (kind: CellNote['kind'], list: ImportRow['errors']) => {
    for (const { column, message } of list) {
      if (column) cells[column] ??= { kind, message };
      else rest.push({ kind, message });
    }
  };
  put('error', row.errors);
  put('warning', row.warnings);
  return { cells, row: rest };
}
