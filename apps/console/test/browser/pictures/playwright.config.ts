import { defineConfig } from '@playwright/test'
import base from '../playwright.config.ts'

/** How pictures are made: as browser tests are run, one after the other. */
export default defineConfig(base, {
  testDir: import.meta.dirname,
  testMatch: '*.picture.ts',
  outputDir: '../failures',
  ...(base.globalSetup !== undefined && { globalSetup: '../support/without-chromium.ts' }),
  workers: 1,
  fullyParallel: false,
  reporter: [['list']],
  // So high that nothing scrolls: a head that stays would lie over the page.
  use: {
    ...base.use,
    viewport: { width: 1180, height: 2200 },
    deviceScaleFactor: 1.5,
    timezoneId: 'UTC',
    // Whether letters have coloured edges would be chance.
    launchOptions: {
      ...base.use?.launchOptions,
      args: ['--disable-lcd-text', '--font-render-hinting=none', '--disable-font-subpixel-positioning'],
    },
  },
})
