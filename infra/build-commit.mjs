/**
 * Says beside what was built of which commit it is: apps/NAME/dist/commit. It is no input of turbo's, whose cache would
 * have nothing for any new commit, and what a commit does not change is the same whichever built it.
 */
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** @param options those of turbo: the apps that `--filter` names, or else all of them, have been built */
export function writeCommit(root, options, environment) {
  const commit = commitOf(root, environment)
  const filters = options.filter((option) => option.startsWith('--filter='))
  // No `globSync`: a Node that does not have it has to come as far as the sentence of check-node.mjs.
  for (const app of readdirSync(join(root, 'apps'))) {
    const directory = join(root, 'apps', app, 'dist')
    if (!existsSync(directory) || (filters.length > 0 && !filters.includes(`--filter=@mtls-gateway/${app}`))) continue
    const file = join(directory, 'commit')
    const text = `${commit}\n`
    // A process that starts meanwhile never reads half of it.
    if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text)
  }
}

/** `BUILD_COMMIT` where there is no repository; `-dirty` is for changes that are in no commit. */
function commitOf(root, { BUILD_COMMIT: given = '' }) {
  if (/^[\w.-]{1,64}$/.test(given)) return given
  // What lies in somebody else's repository is not of its commits.
  if (!existsSync(join(root, '.git'))) return 'unknown'
  const words = ['--no-optional-locks', 'describe', '--always', '--dirty', '--abbrev=12', '--exclude=*']
  const { status, stdout } = spawnSync('git', words, { cwd: root, encoding: 'utf8' })
  return status === 0 ? stdout.trim() : 'unknown'
}
