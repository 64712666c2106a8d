/// <reference lib="webworker" />
// Keeps the phone page's own files, so that /m opens in airplane mode.
import { cleanupOutdatedCaches, createHandlerBoundToURL, precacheAndRoute } from 'workbox-precaching';

declare const self: ServiceWorkerGlobalScope & { __WB_MANIFEST: (string | { url: string; revision: string | null })[] };

cleanupOutdatedCaches();
precacheAndRoute(self.__WB_MANIFEST);

const page = createHandlerBoundToURL('/index.html');
self.addEventListener('fetch', (event) => {
  if (event.request.mode === 'navigate' && new URL(event.request.url).pathname.startsWith('/m')) {
    event.respondWith(page({ event, request: event.request, url: new URL(event.request.url) }));
  }
});
