/**
 * Builds Mailpit, the mail server that tests send notices to, once for each version, outside the tree, and prints where
 * it is; `--path` only prints it. Go downloads it and checks it against its checksum database. Cold it takes a minute.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const version = 'v1.33.1'

await printServer('mailpit', [import.meta.filename], async (directory) => {
  console.error('Building Mailpit from source: a minute the first time.')
  const go = spawn('go', ['install', '-trimpath', '-ldflags=-s -w', `github.com/axllent/mailpit@${version}`], {
    cwd: directory,
    env: { ...process.env, CGO_ENABLED: '0', GOBIN: directory },
    stdio: ['ignore', 2, 2],
  })
  const [code, signal] = await once(go, 'close')
  if (code !== 0) throw new Error(`go install: ${signal ?? `exit code ${code}`}`)
  return join(directory, 'mailpit')
})
