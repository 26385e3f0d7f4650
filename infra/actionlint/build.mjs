/**
 * Builds actionlint, which finds mistakes in the workflows of GitHub, once for each version, outside the tree, and
 * prints where it is; `--path` only prints it. Go downloads it and checks it against its checksum database. Cold it
 * takes less than a minute.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const version = 'v1.7.12'

await printServer('actionlint', [import.meta.filename], (directory) => {
  console.error('Building actionlint from source: less than a minute, once.')
  const words = ['install', '-trimpath', '-ldflags=-s -w', `github.com/rhysd/actionlint/cmd/actionlint@${version}`]
  // What it prints goes to stderr: stdout is for the path.
  execFileSync('go', words, {
    cwd: directory,
    env: { ...process.env, CGO_ENABLED: '0', GOBIN: directory },
    stdio: ['ignore', 2, 2],
  })
  return join(directory, 'actionlint')
})
