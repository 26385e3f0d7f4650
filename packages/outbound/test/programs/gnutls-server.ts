import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import { type Program, startProgram, tlsFiles } from './program.ts'

/** GnuTLS's own test server, for what no current OpenSSL can be configured to do. */
export function startGnutlsServer(identity: IssuedCertificate, clientCa: TestCa, priority: string): Promise<Program> {
  return startProgram(({ port }) => ({
    command: 'gnutls-serv',
    args: [
      ...['--http', '--port', String(port), '--priority', priority],
      ...['--x509certfile', 'server.pem', '--x509keyfile', 'server.key', '--x509cafile', 'client-ca.pem'],
    ],
    files: tlsFiles(identity, clientCa.certificate),
  }))
}
