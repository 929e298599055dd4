import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { defineConfig } from 'vite'

export default defineConfig({
  // Who builds may not be allowed to write into the project.
  cacheDir: join(tmpdir(), 'edge-app-vite'),
  oxc: { jsx: { runtime: 'automatic', importSource: 'preact' } },
  build: {
    target: 'es2022',
    // Images and fonts stay files: inlined as data: they would be refused by the content security policy.
    assetsInlineLimit: 0,
    // The polyfill is an inline script where it is needed, which the policy refuses as well.
    modulePreload: { polyfill: false },
    reportCompressedSize: false,
  },
  server: { proxy: { '/api': process.env['API_URL'] ?? 'http://127.0.0.1:3000' } },
})
