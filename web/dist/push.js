// The service worker of the shopper pages: shows what is pushed, and leads to the sale that it is about. It fetches nothing and
// keeps nothing.
addEventListener('install', () => skipWaiting());

addEventListener('push', (event) => {
  const { title, text, url, tag, lang, dir } = event.data.json();
  // Only the path is used: whatever a message says, it leads to this site.
  const data = { path: new URL(url).pathname };
  event.waitUntil(registration.showNotification(title, { body: text, tag, lang, dir, icon: '/images/flashline.svg', data }));
});

addEventListener('notificationclick', (event) => {
  event.notification.close();
  event.waitUntil(show(event.notification.data.path));
});

async function show(path) {
  const pages = await clients.matchAll({ type: 'window', includeUncontrolled: true });
  const page = pages.find(({ url }) => new URL(url).pathname === path);
  return page ? page.focus() : clients.openWindow(path);
}
