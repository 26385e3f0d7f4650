import { bundleApp } from '@mtls-gateway/app-bundle'

await bundleApp({
  directory: import.meta.dirname,
  bundles: [{ main: './build/main.js' }, { 'watchdog-thread': '@mtls-gateway/service-kit/watchdog-thread' }],
})
