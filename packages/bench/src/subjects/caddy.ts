import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '@mtls-gateway/test-kit'
import { cores } from '../machine/cores.ts'
import { startServer } from '../machine/server-process.ts'
import { certificateOf, type Subject, type SubjectOptions } from '../subject.ts'
import { buildGoProgram } from './go-program.ts'
import { plainRequests } from './plain-requests.ts'

export const caddy = { module: 'caddy', package: 'github.com/caddyserver/caddy/v2/cmd/caddy' }

/** Caddy's reverse proxy with one client certificate. @throws MissingProgram */
export async function startCaddy(options: SubjectOptions): Promise<Subject> {
  const command = await buildGoProgram(caddy)
  const port = await freePort()
  const file = join(options.directory, 'Caddyfile')
  await writeFile(file, caddyfile(options, port))
  const server = await startServer({
    command,
    args: ['run', '--adapter', 'caddyfile', '--config', file],
    core: cores.subject,
    port,
    env: { XDG_CONFIG_HOME: options.directory, XDG_DATA_HOME: options.directory },
  })
  return {
    name: 'caddy',
    url: `http://127.0.0.1:${port}`,
    pid: server.pid,
    repeatable: true,
    requests: (call) => plainRequests(call, `127.0.0.1:${port}`),
    stop: server.stop,
  }
}

function caddyfile(options: SubjectOptions, port: number): string {
  const { target } = options
  const { pathWithoutExtension } = certificateOf(options, 0)
  return `{
  admin off
  auto_https off
  persist_config off
  log {
    level ERROR
  }
}
http://127.0.0.1:${port} {
  bind 127.0.0.1
  reverse_proxy https://${target.address}:${target.port} {
    flush_interval -1
    transport http {
      tls_client_auth ${pathWithoutExtension}.pem ${pathWithoutExtension}.key
      tls_trust_pool file ${target.caFile}
      tls_server_name localhost
      keepalive_idle_conns_per_host 256
      compression off
      versions 1.1
    }
  }
}
`
}
