import { execFileSync } from 'node:child_process'
import { chmodSync } from 'node:fs'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import { type Program, startProgram } from './program.ts'

interface SquidOptions {
  /** What it asks for; undefined: nothing. */
  readonly credentials?: { readonly username: string; readonly password: string }
  /** With which it is spoken to over TLS; undefined: in clear text. */
  readonly identity?: IssuedCertificate
}

/** A Squid that tunnels to any port of 127.0.0.2 and refuses everything else. */
export function startSquid({ credentials, identity }: SquidOptions = {}): Promise<Program> {
  const users = credentials && `${credentials.username}:${apacheHash(credentials.password)}\n`
  return startProgram(({ directory, port }) => {
    // Squid gives up root for a user of its own.
    chmodSync(directory, 0o755)
    return {
      command: 'squid',
      args: ['-N', '-f', 'squid.conf'],
      files: {
        ...(users && { users }),
        ...(identity && { 'proxy.pem': identity.certificate, 'proxy.key': identity.privateKey }),
        'squid.conf': `
${identity ? `https_port 127.0.0.1:${port} tls-cert=${directory}/proxy.pem tls-key=${directory}/proxy.key` : `http_port 127.0.0.1:${port}`}
visible_hostname squid.test
pid_filename none
access_log none
cache_log /dev/null
cache_store_log none
netdb_filename none
pinger_enable off
cache deny all
shutdown_lifetime 0 seconds
connect_timeout 2 seconds
coredump_dir ${directory}
acl allowed dst 127.0.0.2
${users ? `auth_param basic program /usr/lib/squid/basic_ncsa_auth ${directory}/users\nacl known proxy_auth REQUIRED` : ''}
http_access deny !CONNECT
http_access deny !allowed
http_access allow ${users ? 'known' : 'all'}
http_access deny all
`,
      },
    }
  })
}

function apacheHash(password: string): string {
  return execFileSync('openssl', ['passwd', '-apr1', password], { encoding: 'utf8' }).trim()
}
