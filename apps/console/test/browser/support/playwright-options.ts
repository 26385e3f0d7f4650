import { join } from 'node:path'
import { findChromium } from '@mtls-gateway/test-kit'
import { defineConfig } from '@playwright/test'

const root = join(import.meta.dirname, '../../../../..')
const isCi = process.env.CI !== undefined
const isTerminal = process.stdout.isTTY === true && !isCi
const chromium = findChromium()

/** How pages are opened (decision 40): in Debian's Chromium, none is downloaded. */
export const options = defineConfig({
  // What a failed test leaves; the next run empties it.
  outputDir: join(import.meta.dirname, '../failures'),
  ...(chromium === undefined && { globalSetup: join(import.meta.dirname, 'without-chromium.ts') }),
  // Each has a Chromium and the services of its own.
  workers: 2,
  fullyParallel: true,
  forbidOnly: isCi,
  // Long, as a busy machine may take its time; what is there does not wait.
  timeout: 300_000,
  expect: { timeout: 60_000 },
  reporter: [
    [isTerminal ? 'line' : 'list'],
    [
      join(root, 'packages/test-runner/src/browser-results-reporter.ts'),
      { missing: chromium === undefined ? ['Chromium'] : [] },
    ],
  ],
  // Compiled already.
  build: { external: ['**/dist/**', '**/build/**'] },
  use: {
    viewport: { width: 1280, height: 800 },
    locale: 'en-GB',
    timezoneId: 'Europe/Berlin',
    permissions: ['clipboard-read', 'clipboard-write'],
    contextOptions: { reducedMotion: 'reduce' },
    actionTimeout: 60_000,
    navigationTimeout: 60_000,
    // A trace is recorded whether a test fails or not, for a tenth of the time: `--trace on` does it.
    screenshot: 'only-on-failure',
    launchOptions: { ...(chromium !== undefined && { executablePath: chromium }) },
  },
})
