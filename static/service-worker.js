/* Answers from the copy that a reader keeps (offline.js) where the network does not. The network is always asked first:
   while it answers, nothing changes. Registered only when a reader asks for it, on /hors-ligne/. */

const COPY = "hors-ligne";
const OFFLINE = "/hors-ligne/";
// What citizens read, and nothing else: no page of staff ever passes through here.
const LANGUAGES = "en|es|pt|ar|tr|uk|fr-facile";
const ROOMS = "pimms|a-quoi-ca-sert|hors-ligne|regions|departements|associations|labels|communiques|a-propos";
const PAGES = new RegExp(`^/(?:(?:${LANGUAGES})/)?(?:(?:${ROOMS})/|$)`);

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  const isPage = request.mode === "navigate";
  if (isPage ? PAGES.test(pathname) : pathname.startsWith("/static/"))
    event.respondWith(fetch(request).catch(() => kept(request, isPage)));
});

/* The page that searches the copy stands for all pages that are not in it. */
async function kept(request, isPage) {
  const choice = { cacheName: COPY, ignoreVary: true };
  return (
    (await caches.match(request, choice)) ?? (isPage ? await caches.match(OFFLINE, choice) : undefined) ?? Response.error()
  );
}
