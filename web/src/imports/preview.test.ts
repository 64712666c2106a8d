import { expect, test } from 'vitest';
import type { Import, ImportRow } from '../api/types';
import { cellErrors, tally } from './preview';

const row = (n: number, more: Partial<ImportRow> = {}): ImportRow => ({
  row: n, cells: { 项目名称: '甲', '总投资（亿元）': 'x' }, project: null, errors: [], warnings: [], action: 'create', ...more,
});
const bad = { cell: 'B3', column: '总投资（亿元）', message: '不是数字', code: 'not_a_number' };

test('a row with errors is counted once, as wrong', () => {
  const rows = [row(1), row(2, { action: 'update' }), row(3, { errors: [bad] }), row(4, { action: 'skip', warnings: [bad] })];
  expect(tally({ id: 1, state: 'preview', columns: [], rows, counts: {} } satisfies Import)).toEqual({ create: 1, update: 1, skip: 1, wrong: 1, warned: 1 });
});

test('an error stands before a warning of the same cell; what has no cell belongs to the row', () => {
  const notes = cellErrors(row(3, { errors: [bad, { cell: '', column: '', message: '整行重复', code: 'dup' }], warnings: [{ ...bad, message: '单位存疑' }] }));
  expect(notes).toEqual({ cells: { '总投资（亿元）': { kind: 'error', message: '不是数字' } }, row: ['整行重复'] });
});
