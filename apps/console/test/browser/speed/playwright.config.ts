import { defineConfig } from '@playwright/test'
import base from '../playwright.config.ts'

/** How long people wait for pages is measured: as browser tests are run, one after the other. */
export default defineConfig(base, {
  testDir: import.meta.dirname,
  testMatch: '*.speed.ts',
  outputDir: '../failures',
  ...(base.globalSetup !== undefined && { globalSetup: '../support/without-chromium.ts' }),
  workers: 1,
  fullyParallel: false,
  timeout: 300_000,
  reporter: [['list']],
  use: { ...base.use, trace: 'off' },
})
