import { spawnSync } from 'node:child_process'
import { buildEnvironment } from './run-as-build.ts'

const command = ['view', 'turbo', 'version', '--fetch-retries=0', '--fetch-timeout=20000']

/**
 * Whether npm reaches its registry as it would in the build of an image: without a network, or behind a CA that only
 * the environment names, it does not, though all is installed.
 */
export function reachesRegistry(): boolean {
  return spawnSync('npm', command, { env: buildEnvironment(), stdio: 'ignore' }).status === 0
}
