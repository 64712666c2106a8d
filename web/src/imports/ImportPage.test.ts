import { cleanup, fireEvent, render, screen, waitFor } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { problem, serve } from '../test-server';
import ImportPage from './ImportPage.svelte';

let server: ReturnType<typeof serve>;
afterEach(() => {
  cleanup();
  server.restore();
});

const cells = { 项目名称: '甲', '总投资（亿元）': '约三十' };
const preview = {
  id: 5, kind: 'projects', state: 'preview', filename: '台账.xlsx', sheet: '清单', counts: { create: 1, errors: 1 }, asks: [], notices: [{ code: 'total', message: '第 9 行是合计行，没有导入', lines: [9] }],
  columns: [{ header: '项目名称', field: 'name' }, { header: '总投资（亿元）', field: 'invest' }],
  rows: [
    { row: 3, cells: { 项目名称: '乙', '总投资（亿元）': '3' }, project: {}, project_id: 0, errors: [], warnings: [], action: 'create', changes: [] },
    { row: 4, cells, project: null, errors: [{ cell: '清单!B4', column: '总投资（亿元）', message: '“约三十”不是数字', code: 'not_a_number' }], warnings: [], action: 'create' },
  ],
};

async function drop(answers: Record<string, unknown>) {
  server = serve(answers);
  const { container } = render(ImportPage);
  const input = container.querySelector('input[type=file]') as HTMLInputElement;
  const file = new File(['x'], '台账.xlsx');
  Object.defineProperty(input, 'files', { value: [file], configurable: true });
  await fireEvent.change(input);
}

test('nothing is kept before it is accepted; wrong cells say why and are left out', async () => {
  await drop({ 'POST /api/v1/imports/projects': preview, 'POST /api/v1/imports/5/accept': { created: 1, updated: 0, skipped: 0, refused: 1 } });
  await screen.findByText('“约三十”不是数字');
  expect(screen.getByText('第 9 行是合计行，没有导入')).toBeTruthy();
  expect(server.asked.map((a) => a.path)).toEqual(['/api/v1/imports/projects']);
  expect(server.asked[0]?.search).toBe('?filename=' + encodeURIComponent('台账.xlsx'));
  expect(screen.getByRole('link', { name: '下载标注错误的表' }).getAttribute('href')).toBe('/api/v1/imports/5/errors.xlsx');
  await fireEvent.click(screen.getByRole('button', { name: '确认导入 1 项' }));
  await screen.findByText('新增 1 项，更新 0 项，不变 0 项，有误未导入 1 项');
});

test('what the file leaves open is asked, and the answer sends it again', async () => {
  const asks = [{ code: 'unit_missing', message: '总投资的单位是什么？', query: 'unit', choices: ['亿元', '万元'] }];
  await drop({ 'POST /api/v1/imports/projects': { ...preview, asks, notices: [{ code: 'rows_total', message: '第 9 行是合计行', lines: [9] }] } });
  await screen.findByText('第 9 行是合计行');
  await fireEvent.click(screen.getByRole('button', { name: '亿元' }));
  await vi.waitFor(() => expect(server.asked).toHaveLength(2));
  expect(new URLSearchParams(server.asked[1]?.search).get('unit')).toBe('亿元');
});

test('a file that cannot be read says so with its code', async () => {
  await drop({ 'POST /api/v1/imports/projects': problem(422, 'not_a_ledger', '看不懂这个文件', { detail: '没有找到“项目名称”一列。' }) });
  const alert = await screen.findByRole('alert');
  expect(alert.textContent).toContain('看不懂这个文件');
  expect(alert.textContent).toContain('没有找到“项目名称”一列。');
  expect(alert.textContent).toContain('not_a_ledger');
});

test('what the file leaves open is asked, and the answer goes with the file', async () => {
  const open = { ...preview, asks: [{ code: 'unit_missing', message: '总投资的单位是？', query: 'unit', choices: ['亿元', '万元'] }] };
  await drop({ 'POST /api/v1/imports/projects': (asked: { search: string }) => (asked.search.includes('unit=') ? preview : open) });
  await screen.findByText('总投资的单位是？');
  await fireEvent.click(screen.getByRole('button', { name: '万元' }));
  await waitFor(() => expect(screen.queryByText('总投资的单位是？')).toBeNull());
  expect(decodeURIComponent(server.asked[1]?.search ?? '')).toContain('unit=万元');
});
