import { defineConfig } from '@playwright/test'
import { options } from './support/playwright-options.ts'

/** The longest, which mostly waits: the others are run beside it, as the first project is begun first. */
const longest = '**/forwarders.browser.ts'

/** How browser tests are run. */
export default defineConfig(options, {
  testDir: '.',
  projects: [
    { name: 'longest', testMatch: longest },
    { testMatch: '**/*.browser.ts', testIgnore: longest },
  ],
})
