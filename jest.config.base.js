import { fileURLToPath } from 'node:url'
import { compileCache } from './packages/test-runner/src/compile-cache.ts'
import { keepFilesOfRun } from './packages/test-runner/src/files-of-run.ts'

keepFilesOfRun()
// What is interrupted ends as if by itself, so that its files and what it has started go with it.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.once(signal, (_, number) => process.exit(128 + number))

/** What takes longer hangs. No bound on speed: a machine may be four times slower than another. */
const timeoutMs = 120_000

const runner = (file) => fileURLToPath(new URL(`packages/test-runner/src/${file}.ts`, import.meta.url))

/** How a workspace's test files are run: on Node's own modules (decision 16), with real sockets and processes. */
export const project = {
  runtime: runner('native-runtime'),
  testEnvironment: runner('native-environment'),
  testEnvironmentOptions: { timeoutMs, env: { NODE_COMPILE_CACHE: compileCache } },
  testMatch: ['<rootDir>/test/**/*.test.ts'],
  transform: {},
}

/** How a run goes, be it of one workspace or of all. */
export const run = {
  // For two cores: two thirds of the time files take they wait for a process, a deadline or an expiry. A worker and the
  // services that its tests start take up to a gigabyte and a half.
  maxWorkers: process.availableMemory() > 10 * 2 ** 30 ? 6 : 4,
  // A heap of half a gigabyte takes the system longer than Jest's 500 ms to free while other workers are at work.
  workerGracefulExitTimeout: 10_000,
  testSequencer: runner('test-order'),
  // Always in a worker, never in Jest's own process: a watched file is loaded anew, and what a test leaks ends with the
  // worker.
  workerIdleMemoryLimit: '1GB',
  reporters: ['default', runner('results-reporter')],
}

export default { ...project, ...run }
