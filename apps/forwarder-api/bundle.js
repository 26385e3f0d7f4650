import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { bundleApp } from '@mtls-gateway/app-bundle'

await bundleApp({
  directory: import.meta.dirname,
  bundles: [
    { main: './build/main.js' },
    { 'mtls-admin': './build/mtls-admin.js' },
    { 'watchdog-thread': '@mtls-gateway/service-kit/watchdog-thread' },
  ],
})
// What `mtls-admin vault setup` writes.
cpSync(join(import.meta.dirname, '../../infra/vault'), join(import.meta.dirname, 'dist/vault'), { recursive: true })
