import { defineConfig } from '@playwright/test'
import { options } from '../support/playwright-options.ts'

/** How long people wait for pages is measured: as browser tests are run, one after the other. */
export default defineConfig(options, {
  testDir: import.meta.dirname,
  testMatch: '*.speed.ts',
  workers: 1,
  fullyParallel: false,
  timeout: 300_000,
  reporter: [['list']],
  use: { ...options.use, trace: 'off' },
})
