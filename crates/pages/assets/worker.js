// Stands between the pages and the network: what a page looks like is kept, and so are one's nights, one's pass and the rolls
// that one calls as they were last seen.
'use strict';

importScripts(QUEUE);

const LOOKS = 'looks';
const NIGHTS = 'nights';
const KEPT = ['/me', '/me/pass', '/desk/rolls', '/desk/roll'];
// For how long a roll is kept: it tells of others.
const ROLL_KEPT = 36 * 3600 * 1000;
// For how long a page is waited for where a kept one is at hand.
const PATIENCE = 4000;

addEventListener('install', event => {
  event.waitUntil((async () => {
    const looks = await caches.open(LOOKS);
    await looks.addAll(SHELL);
    await skipWaiting();
  })());
});

addEventListener('activate', event => {
  event.waitUntil((async () => {
    const looks = await caches.open(LOOKS);
    for (const request of await looks.keys()) {
      if (!SHELL.includes(new URL(request.url).pathname)) await looks.delete(request);
    }
    await clients.claim();
  })());
});

const asKept = async response => {
  const html = await response.text();
  return new Response(html.replace('<html ', '<html data-offline '), { headers: { 'content-type': 'text/html; charset=utf-8', 'content-security-policy': response.headers.get('content-security-policy') } });
};

const forgetOldRolls = async nights => {
  for (const request of await nights.keys()) {
    if (!new URL(request.url).pathname.startsWith('/desk/')) continue;
    const kept = await nights.match(request);
    if (!(Date.parse(kept.headers.get('date')) > Date.now() - ROLL_KEPT)) await nights.delete(request);
  }
};

const page = async event => {
  const { pathname, search } = new URL(event.request.url);
  const path = (pathname === '/' ? '/me' : pathname) + search;
  const kept = await (await caches.open(NIGHTS)).match(path);
  const asked = fetch(event.request).then(async response => {
    if (KEPT.includes(pathname === '/' ? '/me' : pathname)) {
      const nights = await caches.open(NIGHTS);
      if (response.ok && !response.redirected) await nights.put(path, response.clone());
      // What is none of theirs any more is not kept either.
      else if ([403, 404].includes(response.status)) await nights.delete(path);
      await forgetOldRolls(nights);
    }
    return response;
  });
  event.waitUntil(asked.catch(() => {}));
  if (kept) {
    const late = new Promise(resolve => setTimeout(resolve, PATIENCE));
    const first = await Promise.race([asked.catch(() => null), late]);
    return first || asKept(kept);
  }
  try {
    return await asked;
  } catch {
    return asKept(await caches.match('/offline'));
  }
};

addEventListener('fetch', event => {
  const url = new URL(event.request.url);
  if (event.request.method !== 'GET' || url.origin !== location.origin) return;
  if (event.request.mode === 'navigate') {
    // What the API itself shows to a browser is none of ours, and a wall keeps itself.
    if (!['/v1/', '/docs', '/wall/'].some(beginning => url.pathname.startsWith(beginning))) event.respondWith(page(event));
  } else if (SHELL.includes(url.pathname)) {
    event.respondWith(caches.match(event.request).then(kept => kept || fetch(event.request)));
  }
});

addEventListener('sync', event => {
  if (event.tag !== 'answers') return;
  event.waitUntil((async () => {
    const sent = await answers.send(false);
    if (sent > 0) for (const client of await clients.matchAll()) client.postMessage('sent');
    // The browser tries again where something is left.
    if ((await answers.all()).some(answers.isWaiting)) throw new Error('answers are left');
  })());
});
