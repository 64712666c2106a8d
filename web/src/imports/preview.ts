// What an import's preview says, counted and put beside its cells.
import type { Import, ImportRow } from '../api/types';

export interface Tally { create: number; update: number; skip: number; wrong: number; warned: number }

/** Rows by what would happen to them; a row with errors happens to nothing. */
export function tally(preview: Import): Tally {
  const sum: Tally = { create: 0, update: 0, skip: 0, wrong: 0, warned: 0 };
  for (const row of preview.rows) {
    if (row.errors.length > 0) sum.wrong++;
    else sum[row.action]++;
    if (row.warnings.length > 0) sum.warned++;
  }
  return sum;
}

export interface CellNote { kind: 'error' | 'warning'; message: string }

/** A row's notes by the header of their cell, the worst first; those that belong to no shown cell are the row's. */
export function cellErrors(row: ImportRow): { cells: Record<string, CellNote>; row: string[] } {
  const cells: Record<string, CellNote> = {};
  const rest: string[] = [];
  const put = (kind: CellNote['kind'], list: ImportRow['errors']) => {
    for (const { column, message } of list) {
      if (column) cells[column] ??= { kind, message };
      else rest.push(message);
    }
  };
  put('error', row.errors);
  put('warning', row.warnings);
  return { cells, row: rest };
}
