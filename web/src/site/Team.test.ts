import { cleanup, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test } from 'vitest';
import Team from './Team.svelte';

afterEach(cleanup);

test('five seats always; a hole is said, a number can be dialled', () => {
  render(Team, {
    members: [
      { role: 'inspector', role_name: '', name: '示例丁', title: '干部', phone: '139 0000-0004', person_id: 3 },
      { role: 'owner', role_name: '', name: '示例戊', title: '总经理', phone: '', person_id: null },
    ],
  });
  expect(screen.getAllByRole('listitem')).toHaveLength(5);
  expect(screen.getAllByText('空缺')).toHaveLength(3);
  expect(screen.getByRole('link', { name: '139 0000-0004' }).getAttribute('href')).toBe('tel:13900000004');
  expect(screen.getByText('无电话')).toBeTruthy();
});
