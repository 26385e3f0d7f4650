/**
 * Records an X.509-SVID and a JWT-SVID of a real SPIRE server, with their bundles, for tests, which set the clock to
 * that time: `node infra/spire/record.mjs packages/service-kit/test/fixtures/spire`.
 *
 * Needs spire-server 1.13 on the PATH, which builds in ten minutes:
 * `go mod init x && go get -tool github.com/spiffe/spire/cmd/spire-server@v1.13.3`, and `go build` of the same. So
 * does spire-agent, which `npm run faults -- --only spire` needs beside it.
 */
import { execFileSync, spawn } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'

const [output = 'spire'] = process.argv.slice(2)
const folder = mkdtempSync(join(tmpdir(), 'spire-'))
const at = (name) => join(folder, name)
const workload = ['-spiffeID', 'spiffe://prod.example/ns/payments/sa/checkout']

const configuration = `server {
  bind_address = "127.0.0.1"
  bind_port = "18081"
  socket_path = "${at('socket')}"
  trust_domain = "prod.example"
  data_dir = "${folder}"
  log_level = "ERROR"
}
plugins {
  DataStore "sql" { plugin_data { database_type = "sqlite3" connection_string = "${at('db')}" } }
  KeyManager "memory" { plugin_data {} }
  NodeAttestor "join_token" { plugin_data {} }
}
`
writeFileSync(at('server.conf'), configuration)
const ask = (...args) => execFileSync('spire-server', [...args, '-socketPath', at('socket')], { encoding: 'utf8' })
const server = spawn('spire-server', ['run', '-config', at('server.conf')], { stdio: ['ignore', 2, 2] })
try {
  await untilUp()
  mkdirSync(output, { recursive: true })
  ask('x509', 'mint', ...workload, '-write', output)
  // Tests need no key.
  rmSync(join(output, 'key.pem'))
  writeFileSync(join(output, 'jwt-svid'), ask('jwt', 'mint', ...workload, '-audience', 'mtls-gateway').trim())
  writeFileSync(join(output, 'bundle.json'), ask('bundle', 'show', '-format', 'spiffe'))
} finally {
  server.kill()
  rmSync(folder, { recursive: true, force: true })
}

async function untilUp() {
  for (let attempts = 0; ; attempts++) {
    try {
      return ask('healthcheck')
    } catch (error) {
      if (attempts === 120) throw error
      await delay(500)
    }
  }
}
