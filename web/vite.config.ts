/// <reference types="vitest/config" />
import { svelte } from '@sveltejs/vite-plugin-svelte';
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

// Where `vite dev` finds the server; the built page is served by guatu itself.
const server = process.env['GUATU_SERVER'] ?? 'http://127.0.0.1:8484';

// What only a desk or a wall needs; the phone's cache leaves it out.
const desk = /\/src\/(map|site|people|projects|imports)\/|\/(maplibre-gl|photoswipe)\//;

export default defineConfig(({ mode }) => ({
  plugins: [
    svelte(),
    // The phone page works in airplane mode: its service worker is src/m/sw.ts, and
    // it is given the files of the phone page only, never the map's megabyte.
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'src/m',
      filename: 'sw.ts',
      injectRegister: false,
      manifest: false,
      injectManifest: {
        globPatterns: ['index.html', 'assets/*.{js,css}', 'icons/*'],
        globIgnores: ['assets/desk-*', 'assets/maplibre*'],
      },
    }),
  ],
  build: {
    target: 'es2022',
    assetsInlineLimit: 0,
    chunkSizeWarningLimit: 1500,
    modulePreload: { polyfill: false },
    rolldownOptions: {
      output: {
        chunkFileNames: (chunk: { moduleIds: string[] }) =>
          chunk.moduleIds.some((id) => desk.test(id)) ? 'assets/desk-[name]-[hash].js' : 'assets/[name]-[hash].js',
      },
    },
  },
  server: {
    proxy: Object.fromEntries(
      ['/api', '/media', '/tiles'].map((path) => [path, { target: server, changeOrigin: true }]),
    ),
  },
  resolve: mode === 'test' ? { conditions: ['browser'] } : {},
  test: {
    environment: 'happy-dom',
    include: ['src/**/*.test.ts'],
    setupFiles: ['src/test-setup.ts'],
    env: { TZ: 'America/New_York' },
  },
}));
