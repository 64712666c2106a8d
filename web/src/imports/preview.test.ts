import { expect, test } from 'vitest';
import type { ImportRow } from '../api/types';
import { cellErrors, tally } from './preview';

const row = (more: Partial<ImportRow>): ImportRow => ({
  row: 3, cells: { 项目名称: '甲', '总投资（亿元）': 'x' }, project: null as never, project_id: 0, errors: [], warnings: [], action: 'create', changes: [], ...more,
});
const bad = { cell: '清单!D3', column: '总投资（亿元）', message: '不是数字', code: 'not_a_number' };

test('counts that the server left out are zero', () => {
  expect(tally({ counts: { create: 2, errors: 1 } })).toEqual({ create: 2, update: 0, skip: 0, wrong: 1, warned: 0 });
});

test('an error stands before a warning of the same cell; what has no column belongs to the row', () => {
  const notes = cellErrors(row({ errors: [bad, { cell: '', column: '', message: '整行重复', code: 'dup' }], warnings: [{ ...bad, message: '单位存疑' }] }));
  expect(notes).toEqual({ cells: { '总投资（亿元）': { kind: 'error', message: '不是数字' } }, row: [{ kind: 'error', message: '整行重复' }] });
});
