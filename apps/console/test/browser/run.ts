/**
 * `npm run test:browser -- sign-in --headed`: arguments are Playwright's, and choose among the browser tests. Without
 * a Chromium they are skipped and counted; in CI they fail.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { missingTools } from '@mtls-gateway/test-kit'
import { compileCache } from '../../../../packages/test-runner/src/compile-cache.ts'
import { keepFilesOfRun } from '../../../../packages/test-runner/src/files-of-run.ts'

keepFilesOfRun()
const folder = import.meta.dirname
const isSkipped = missingTools('Chromium').length > 0 && process.env.CI === undefined
const words = ['test', '--config', folder, ...process.argv.slice(2), ...(isSkipped ? ['--list'] : [])]
const playwright = spawn('playwright', words, {
  cwd: folder,
  env: { ...process.env, NODE_COMPILE_CACHE: compileCache },
  stdio: ['inherit', isSkipped ? 'ignore' : 'inherit', 'inherit'],
})
// It ends what its tests have started only after a SIGINT; a terminal sends that to both.
process.on('SIGINT', () => {})
for (const signal of ['SIGTERM', 'SIGHUP'] as const) process.on(signal, () => playwright.kill('SIGINT'))
const [code]: unknown[] = await once(playwright, 'close')
if (isSkipped && code === 0) console.warn('The browser tests are skipped: there is no Chromium on the PATH.')
process.exitCode = typeof code === 'number' ? code : 1
