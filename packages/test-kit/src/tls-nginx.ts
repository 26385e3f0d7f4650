import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { IssuedCertificate } from './certificate-authority.ts'
import { freePort, takesConnections } from './free-port.ts'

export interface TlsNginxOptions {
  readonly identity: IssuedCertificate
  /** PEM of the CA whose client certificates it verifies; it takes others, too, and says so. */
  readonly clientCa: string
  /** Where the server is that it stands in front of, over plain HTTP. */
  readonly port: number
}

export interface TlsNginx {
  readonly port: number
  stop(): Promise<void>
}

/** Header fields by which it hands on the client's certificate, as nginx's own documentation has them. */
export const handedOnBy = { certificate: 'x-client-cert', verdict: 'x-client-verify' } as const

const startsWithinMs = 60_000

/** An nginx that ends TLS in front of a server. */
export async function startTlsNginx({ identity, clientCa, port: upstream }: TlsNginxOptions): Promise<TlsNginx> {
  const directory = await mkdtemp(join(tmpdir(), 'tls-nginx-'))
  const port = await freePort()
  const file = (name: string) => join(directory, name)
  const temporary = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map((name) => `${name}_temp_path ${file(name)};`)
    .join(' ')
  await writeFile(file('tls.crt'), identity.certificate)
  await writeFile(file('tls.key'), identity.privateKey)
  await writeFile(file('client-ca.crt'), clientCa)
  await writeFile(
    file('nginx.conf'),
    `daemon off; master_process off; pid ${file('nginx.pid')};
events {}
http {
  access_log off; ${temporary}
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${file('tls.crt')}; ssl_certificate_key ${file('tls.key')};
    ssl_client_certificate ${file('client-ca.crt')}; ssl_verify_client optional_no_ca;
    location / {
      proxy_pass http://127.0.0.1:${upstream};
      proxy_set_header Host $http_host;
      proxy_set_header X-Forwarded-Proto https;
      proxy_set_header ${handedOnBy.certificate} $ssl_client_escaped_cert;
      proxy_set_header ${handedOnBy.verdict} $ssl_client_verify;
    }
  }
}
`,
  )
  const args = ['-e', 'stderr', '-p', directory, '-c', file('nginx.conf')]
  const nginx = spawn('nginx', args, { stdio: ['ignore', 'ignore', 'inherit'] })
  const ended = once(nginx, 'exit')
  const stop = async () => {
    nginx.kill('SIGTERM')
    await ended
    await rm(directory, { recursive: true })
  }
  for (const deadline = Date.now() + startsWithinMs; !(await takesConnections(port)); await setTimeout(20)) {
    if (nginx.exitCode === null && Date.now() < deadline) continue
    await stop()
    throw new Error('nginx does not start')
  }
  return { port, stop }
}
