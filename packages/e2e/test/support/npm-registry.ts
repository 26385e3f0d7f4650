import { spawnSync } from 'node:child_process'
import { buildEnvironment } from './run-as-build.ts'

const command = ['view', 'turbo', 'version', '--fetch-retries=0', '--fetch-timeout=20000']

/**
 * Whether npm reaches its registry as it would in the build of an image: without a network, or behind a CA that only
 * the environment names, it does not, though all is installed. If so, says so on stderr.
 * @throws Error where the tests must not be skipped (`required`, as in CI)
 */
export function reachesRegistry({ required }: { readonly required: boolean }): boolean {
  const { status } = spawnSync('npm', command, { env: buildEnvironment(), stdio: 'ignore' })
  if (status === 0) return true
  const message = 'npm does not reach its registry, so no image can be built'
  if (required) throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
  return false
}
