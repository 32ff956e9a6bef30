// The pages' TypeScript in Node, as Vite reads it: for what can be tested without a browser.
import { fileURLToPath } from 'node:url';
import { createServer } from 'vite';

const root = fileURLToPath(new URL('..', import.meta.url));

/** `load('/src/shop/…')` gives a module; `close` when done. */
export async function modules() {
  const server = await createServer({ root, appType: 'custom', logLevel: 'error', server: { middlewareMode: true, ws: false, watch: null } });
  return { load: (path) => server.ssrLoadModule(path), close: () => server.close() };
}
