import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { defineConfig } from 'vite';

/** Compressed copies beside each file, so that the server need not compress anything. */
function compressed() {
  let folder;
  return {
    name: 'compressed',
    configResolved(config) {
      folder = config.build.outDir;
    },
    closeBundle() {
      for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
        const path = join(entry.parentPath, entry.name);
        if (!entry.isFile() || !/\.(html|js|css|svg)$/.test(path)) continue;
        const bytes = readFileSync(path);
        writeFileSync(`${path}.br`, brotliCompressSync(bytes));
        writeFileSync(`${path}.gz`, gzipSync(bytes, { level: 9 }));
      }
    },
  };
}

/** What both pages need; and what the shop's first page needs and its later parts, too. The console runs nothing of the shop's. */
const BOTH = /preload-helper|node_modules\/preact\/|src\/(shared\/[a-z]+\.ts|i18n\/locale\.ts)/;
const FIRST = /src\/shop\/(ahead|arrival|hooks|look|session|Picture|Bill|buyer\/(country|lines)|pay\/(stripe|card))\.tsx?$/;

export default defineConfig({
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    modulePreload: { polyfill: false },
    assetsInlineLimit: 0,
    rollupOptions: {
      input: { shop: 'index.html', admin: 'admin/index.html' },
      // What every first page needs, in one file: many small ones are packed worse, and each begins anew.
      output: { codeSplitting: { groups: [{ name: 'base', test: BOTH }, { name: 'first', test: FIRST }] } },
    },
  },
  plugins: [compressed()],
});
