import { defineConfig } from '@playwright/test'
import { options } from '../support/playwright-options.ts'

/** How pictures are made: as browser tests are run, one after the other. */
export default defineConfig(options, {
  testDir: import.meta.dirname,
  testMatch: '*.picture.ts',
  workers: 1,
  fullyParallel: false,
  reporter: [['list']],
  // So high that nothing scrolls: a head that stays would lie over the page.
  use: {
    ...options.use,
    viewport: { width: 1180, height: 2200 },
    deviceScaleFactor: 1.5,
    timezoneId: 'UTC',
    // Whether letters have coloured edges would be chance.
    launchOptions: {
      ...options.use?.launchOptions,
      args: ['--disable-lcd-text', '--font-render-hinting=none', '--disable-font-subpixel-positioning'],
    },
  },
})
