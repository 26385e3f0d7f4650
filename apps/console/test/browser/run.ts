/**
 * `npm run test:browser -- sign-in --headed`: arguments are Playwright's, and choose among the browser tests. Without
 * a Chromium they are skipped, loudly and counted; in CI they fail.
 */
import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { findChromium } from '@mtls-gateway/test-kit'

const folder = import.meta.dirname
const isSkipped = findChromium() === undefined && process.env.CI === undefined
const words = ['test', '--config', folder, ...process.argv.slice(2), ...(isSkipped ? ['--list'] : [])]
const { status } = spawnSync('playwright', words, {
  cwd: folder,
  stdio: ['inherit', isSkipped ? 'ignore' : 'inherit', 'inherit'],
})
if (isSkipped && status === 0) {
  const { skipped } = JSON.parse(readFileSync(join(folder, 'test-results.json'), 'utf8'))
  console.warn(`SKIPPED: ${skipped} browser tests, as there is no Chromium on the PATH`)
}
process.exitCode = status ?? 1
