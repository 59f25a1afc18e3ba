// Opens kept pages where there is no network. It keeps what a page asks it to keep, with the styles and scripts that they
// need, and gives it back only when the network does not answer. Signing out forgets the pages.
const PAGES = 'kept-pages';
const ASSETS = 'kept-assets';
const PATIENCE_MS = 5000;

self.addEventListener('install', (event) => event.waitUntil(self.skipWaiting()));
self.addEventListener('activate', (event) => event.waitUntil(self.clients.claim()));

async function keepPages({ pages, assets }) {
  const [kept, parts] = [await caches.open(PAGES), await caches.open(ASSETS)];
  const results = await Promise.all([...pages, '/offline'].map(async (page) => {
    const answer = await fetch(page, { credentials: 'same-origin', cache: 'no-store' });
    if (answer.ok && !answer.redirected) {
      await kept.put(page, answer);
    }
    return answer.ok && !answer.redirected;
  }));
  await Promise.all([...new Set(assets)].map(async (asset) => {
    if (!await parts.match(asset)) {
      await parts.add(asset);
    }
  }));
  return results.every(Boolean);
}

self.addEventListener('message', (event) => {
  event.waitUntil(keepPages(event.data).catch(() => false).then((good) => event.ports[0]?.postMessage(good)));
});

async function fromNetworkOrKept(request) {
  const kept = await caches.match(new URL(request.url).pathname, { cacheName: PAGES });
  let timer;
  const patience = new Promise((resolve, reject) => {
    timer = kept ? setTimeout(() => reject(new Error('slow')), PATIENCE_MS) : 0;
  });
  try {
    return await Promise.race([fetch(request), patience]);
  } catch (error) {
    const offline = kept ?? await caches.match('/offline', { cacheName: PAGES });
    if (!offline) {
      throw error;
    }
    return offline;
  } finally {
    clearTimeout(timer);
  }
}

self.addEventListener('fetch', (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (origin !== self.location.origin) {
    return;
  }
  if (request.method === 'POST' && pathname === '/sign-out') {
    event.waitUntil(caches.delete(PAGES));
  } else if (request.method === 'GET' && request.mode === 'navigate') {
    event.respondWith(fromNetworkOrKept(request));
  } else if (request.method === 'GET' && pathname.startsWith('/assets/')) {
    event.respondWith(caches.match(request).then((kept) => kept ?? fetch(request)));
  }
});
