// Makes the page open in airplane mode.

/**
 * Registers the service worker for /m only: the desk pages always come from the server.
 * Where the browser refuses, the page works as long as it stays open.
 */
export function serviceWorker(): void {
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  navigator.serviceWorker.register('/sw.js', { scope: '/m' }).catch((err: unknown) => {
    console.warn('this page will not open without a network', err);
  });
}
