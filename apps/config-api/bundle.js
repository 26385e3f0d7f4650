import { cpSync } from 'node:fs'
import { join } from 'node:path'
import { bundleApp } from '@mtls-gateway/app-bundle'

await bundleApp({
  directory: import.meta.dirname,
  bundles: [
    { main: './build/main.js' },
    { 'mtls-admin': './build/mtls-admin.js' },
    { prober: './build/prober-service/main.js' },
    { 'watchdog-thread': '@mtls-gateway/service-kit/watchdog-thread' },
    { 'prober-worker': './build/prober/prober-worker.js' },
    { 'key-material-worker': '@mtls-gateway/key-material/key-material-worker' },
    { 'traced-call-worker': '@mtls-gateway/outbound/traced-call-worker' },
  ],
})
// What `mtls-admin vault setup` writes.
cpSync(join(import.meta.dirname, '../../infra/vault'), join(import.meta.dirname, 'dist/vault'), { recursive: true })
