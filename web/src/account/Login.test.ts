import { cleanup, fireEvent, render, screen } from '@testing-library/svelte';
import { afterEach, expect, test, vi } from 'vitest';
import { go } from '../lib/route.svelte';
import { problem, serve } from '../test-server';
import Login from './Login.svelte';
import { afterLogin } from './me.svelte';

let server: ReturnType<typeof serve>;
afterEach(() => {
  cleanup();
  server.restore();
  vi.useRealTimers();
});

async function tryIn(answer: unknown) {
  go('/login?next=%2Fprojects%3Fq%3D1', { replace: true });
  server = serve({ 'POST /api/v1/sessions': () => answer });
  render(Login);
  await fireEvent.input(screen.getByLabelText('用户名'), { target: { value: ' Commander ' } });
  await fireEvent.input(screen.getByLabelText('密码'), { target: { value: 'secret' } });
  await fireEvent.submit(screen.getByRole('button', { name: '登录' }).closest('form') as HTMLFormElement);
}

test('a wrong password says what to do', async () => {
  await tryIn(problem(401, 'login_failed', '用户名或密码不对'));
  expect((await screen.findByRole('alert')).textContent).toContain('忘了密码请管理员重置');
  expect(server.asked[0]?.body).toEqual({ login: 'commander', password: 'secret' });
});

test('a lockout counts down, and the door opens again by itself', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  await tryIn(problem(429, 'locked', '尝试太多', {}, { 'retry-after': '75' }));
  await vi.waitFor(() => expect(screen.getByRole('alert').textContent).toContain('1:15 后可以再试'));
  const button = screen.getByRole<HTMLButtonElement>('button', { name: '登录' });
  expect(button.disabled).toBe(true);
  for (let s = 0; s < 75; s++) await vi.advanceTimersByTimeAsync(1000);
  expect(screen.getByRole('alert').textContent).toContain('现在可以再试');
  expect(button.disabled).toBe(false);
});

test('who gets in comes back to where they wanted to be', async () => {
  await tryIn({ person: { id: 1, name: '甲', login: 'commander', org: '', roles: ['commander'], scope: { all: true, areas: [], projects: [] }, home_area: { code: '', name: '' } } });
  await vi.waitFor(() => expect(location.pathname + location.search).toBe('/projects?q=1'));
});

test.each([
  ['?next=%2Fprojects', '/projects'],
  ['?next=%2F%2Fevil.example', '/'],
  ['?next=%2F%5Cevil.example', '/'],
  ['?next=https%3A%2F%2Fevil.example', '/'],
  ['', '/'],
])('afterLogin %s goes to %s', (search, want) => {
  server = serve({});
  expect(afterLogin(search)).toBe(want);
});
