import { bundleApp } from '@mtls-gateway/app-bundle'

await bundleApp({
  directory: import.meta.dirname,
  bundles: [
    { main: './build/server/main.js' },
    { 'mtls-admin': './build/server/mtls-admin.js' },
    { 'watchdog-thread': '@mtls-gateway/service-kit/watchdog-thread' },
  ],
})
