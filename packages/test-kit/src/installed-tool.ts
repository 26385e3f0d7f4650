import { spawnSync } from 'node:child_process'

/**
 * Whether a program is on the PATH that tests can do without. If it is not, says so on stderr.
 * @throws Error where the tests must not be skipped (`required`, as in CI)
 */
export function hasTool(command: string, { required }: { readonly required: boolean }): boolean {
  if (spawnSync(command, ['version'], { stdio: 'ignore' }).error === undefined) return true
  const message = `there is no ${command} on the PATH`
  if (required) throw new Error(message)
  console.warn(`SKIPPED: ${message}`)
  return false
}
