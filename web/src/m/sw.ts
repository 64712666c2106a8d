/// <reference lib="webworker" />
// Keeps the phone page's own files, so that /m opens in airplane mode. Its scope is /m.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (string | { url: string; revision: string | null })[] };

// The page loads all that it needs at once, so a newer worker may take over without a reload.
void self.skipWaiting();
cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST, { directoryIndex: '', cleanURLs: false });

const page = createHandlerBoundToURL('/index.html');
self.addEventListener('fetch', (event) => {
  const { pathname } = new URL(event.request.url);
  if (event.request.mode === 'navigate' && (pathname === '/m' || pathname.startsWith('/m/'))) {
    event.respondWith(page({ event, request: event.request, url: new URL(event.request.url) }));
  }
});
