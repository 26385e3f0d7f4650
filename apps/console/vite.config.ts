import { join } from 'node:path'
import react from '@vitejs/plugin-react'
import { defineConfig } from 'vite'
import { firstLoadBudget } from './vite/first-load-budget.ts'

const server = process.env.CONSOLE_URL ?? 'http://127.0.0.1:8090'

export default defineConfig({
  root: join(import.meta.dirname, 'src/web'),
  plugins: [react(), firstLoadBudget({ maxGzipBytes: 120_000, firstPage: 'overview-page' })],
  build: {
    outDir: join(import.meta.dirname, 'dist/web'),
    emptyOutDir: true,
    // A file in the page as a data: url is refused by the content security policy.
    assetsInlineLimit: 0,
    // A browser that does not know it loads the same files, a little later.
    modulePreload: { polyfill: false },
    // What most pages have is one file: dozens of small ones are longer, and each is a request.
    rolldownOptions: { output: { codeSplitting: { groups: [{ name: 'shared', minShareCount: 8 }] } } },
    target: 'baseline-widely-available',
  },
  // `npm run dev`: the page as it is edited, in front of a console that runs.
  server: { proxy: { '/console': server, '/mtls': server } },
})
