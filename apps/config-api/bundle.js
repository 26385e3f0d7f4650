import { bundleApp } from '@mtls-gateway/app-bundle'

await bundleApp({
  directory: import.meta.dirname,
  bundles: [
    {
      main: './build/main.js',
      'cli/gc': './build/cli/gc.js',
      'cli/migrate': './build/cli/migrate.js',
      'cli/store-restored': './build/cli/store-restored.js',
      'cli/token': './build/cli/token.js',
    },
    { prober: './build/prober-service/main.js' },
    { 'watchdog-thread': '@mtls-gateway/service-kit/watchdog-thread' },
    { 'prober-worker': './build/prober/prober-worker.js' },
    { 'key-material-worker': '@mtls-gateway/key-material/key-material-worker' },
    { 'traced-call-worker': '@mtls-gateway/outbound/traced-call-worker' },
  ],
})
