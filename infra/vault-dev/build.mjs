/**
 * Builds the Vault server of this folder once for each state of its sources, outside the tree, and prints where it is.
 * `--path` only prints it. Cold it takes some minutes (Go downloads and compiles Vault), afterwards a moment. CI runs
 * it beside `npm ci`, on the Node that is there.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const without = ['go.mod', 'discover.go', 'provider/k8s/k8s.go'].map((name) => `without-discovery/${name}`)
const sources = ['go.mod', 'go.sum', 'main.go', ...without].map((name) => join(import.meta.dirname, name))

await printServer('vault-dev', sources, async (directory) => {
  console.error('Building Vault from source: some minutes the first time.')
  const binary = join(directory, 'vault-dev')
  const start = performance.now()
  const reminder = setInterval(() => {
    console.error(`Still building Vault: ${Math.round((performance.now() - start) / 1_000)} s`)
  }, 30_000)
  // Nothing is optimised, for two thirds of the processor time: it is only run by tests.
  const flags = ['-trimpath', '-buildvcs=false', '-ldflags=-s -w', '-gcflags=all=-N -l']
  const go = spawn('go', ['build', ...flags, '-o', binary, '.'], {
    cwd: import.meta.dirname,
    env: { ...process.env, CGO_ENABLED: '0' },
    stdio: ['ignore', 2, 2],
  })
  const [code, signal] = await once(go, 'close').finally(() => clearInterval(reminder))
  if (code !== 0) throw new Error(`go build: ${signal ?? `exit code ${code}`}`)
  return binary
})
