import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import { listenTcp } from './outbound-fixture.ts'

export interface NginxServer {
  readonly url: string
  close(): Promise<void>
}

/** An nginx that verifies client certificates, which it does after the handshake: it refuses them by an HTTP answer. */
export async function startNginxServer(identity: IssuedCertificate, clientCa: TestCa): Promise<NginxServer> {
  const directory = mkdtempSync(join(tmpdir(), 'nginx-server-'))
  const free = await listenTcp(() => {})
  await free.close()
  const write = (name: string, content: string) => writeFileSync(join(directory, name), content)
  write('server.pem', identity.certificate)
  write('server.key', identity.privateKey)
  write('client-ca.pem', clientCa.certificate)
  write('nginx.conf', configuration(directory, free.port))
  const args = ['-e', 'stderr', '-p', directory, '-c', join(directory, 'nginx.conf')]
  const server = spawn('nginx', args, { stdio: 'ignore' })
  const closed = once(server, 'close')
  await listening(free.port)
  const close = async () => {
    server.kill('SIGTERM')
    await closed
    rmSync(directory, { recursive: true })
  }
  return { url: `https://localhost:${free.port}`, close }
}

const configuration = (directory: string, port: number): string => `
user ${userInfo().username};
daemon off;
worker_processes 1;
error_log stderr crit;
pid ${directory}/nginx.pid;
events { worker_connections 64; }
http {
  access_log off;
  client_body_temp_path ${directory}/bodies;
  proxy_temp_path ${directory}/proxied;
  fastcgi_temp_path ${directory}/fastcgi;
  uwsgi_temp_path ${directory}/uwsgi;
  scgi_temp_path ${directory}/scgi;
  server {
    listen 127.0.0.1:${port} ssl;
    ssl_certificate ${directory}/server.pem;
    ssl_certificate_key ${directory}/server.key;
    ssl_client_certificate ${directory}/client-ca.pem;
    ssl_verify_client on;
    location / { return 200 "fine"; }
    location /bad { return 400 "the query is wrong"; }
  }
}
`

async function listening(port: number): Promise<void> {
  for (let attempt = 0; attempt < 200; attempt++) {
    const socket = connect(port, '127.0.0.1')
    const [event] = await Promise.race([
      once(socket, 'connect').then(() => ['connect']),
      once(socket, 'error').then(() => ['error']),
    ]).catch(() => ['error'])
    socket.destroy()
    if (event === 'connect') return
    await setTimeout(25)
  }
  throw new Error('nginx did not start')
}
