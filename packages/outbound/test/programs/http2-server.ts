import { once } from 'node:events'
import { createSecureServer } from 'node:http2'
import type { AddressInfo } from 'node:net'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import type { Program } from './program.ts'

/** A Node server that does not speak HTTP/1.1. */
export async function startHttp2Server(identity: IssuedCertificate): Promise<Program> {
  const server = createSecureServer({ key: identity.privateKey, cert: identity.certificate })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.close()
  }
  return { url: `https://localhost:${(server.address() as AddressInfo).port}`, close }
}
