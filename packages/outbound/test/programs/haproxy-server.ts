import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import { type Program, startProgram, tlsFiles } from './program.ts'

/** @param bind options of its TLS listener; they find `client-ca.pem` in the working directory */
export function startHaproxyServer(
  identity: IssuedCertificate,
  clientCa: TestCa,
  bind: string,
  rules: string,
): Promise<Program> {
  return startProgram(({ port }) => ({
    command: 'haproxy',
    args: ['-db', '-f', 'haproxy.cfg'],
    files: {
      ...tlsFiles(identity, clientCa.certificate),
      'haproxy.cfg': `
defaults
  mode http
  timeout connect 5s
  timeout client 5s
  timeout server 5s
frontend tls
  bind 127.0.0.1:${port} ssl crt both.pem ${bind}
  ${rules}
  http-request return status 200 content-type text/plain string "fine"
`,
    },
  }))
}
