/**
 * Builds Pebble, Let's Encrypt's ACME server for tests, once for each state of its sources, outside the tree, and
 * prints where it is; `--path` only prints it. Cold it takes less than a minute.
 */
import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const sources = ['go.mod', 'go.sum'].map((name) => join(import.meta.dirname, name))

await printServer('pebble', sources, (directory) => {
  console.error('Building Pebble from source: less than a minute, once.')
  const binary = join(directory, 'pebble')
  execFileSync(
    'go',
    [
      'build',
      '-trimpath',
      '-buildvcs=false',
      '-ldflags=-s -w',
      '-o',
      binary,
      'github.com/letsencrypt/pebble/v2/cmd/pebble',
    ],
    // What it prints goes to stderr: stdout is for the path.
    { cwd: import.meta.dirname, env: { ...process.env, CGO_ENABLED: '0' }, stdio: ['ignore', 2, 2] },
  )
  return binary
})
