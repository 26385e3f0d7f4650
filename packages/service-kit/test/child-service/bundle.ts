import { bundleApp } from '@mtls-gateway/app-bundle'

/**
 * Before the first test of a run: two dozen processes start from this bundle, as those of the apps do. Each takes less
 * than half of the processor time that finding and linking every module would.
 */
export default async function bundleChildService(): Promise<void> {
  await bundleApp({
    directory: import.meta.dirname,
    bundles: [
      { 'child-service': './child-service.ts' },
      { 'watchdog-thread': '@mtls-gateway/service-kit/watchdog-thread' },
    ],
  })
}
