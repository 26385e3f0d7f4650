import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'
import { type Program, startProgram, tlsFiles } from './program.ts'

/** A TLS tunnel to a program that answers each request by 200. @param verifying options; they find `client-ca.pem` */
export function startStunnelServer(
  identity: IssuedCertificate,
  clientCa: TestCa,
  verifying: readonly string[],
): Promise<Program> {
  return startProgram(({ port }) => ({
    command: 'stunnel',
    args: ['stunnel.conf'],
    files: {
      ...tlsFiles(identity, clientCa.certificate),
      'answer.sh': `
while IFS= read -r line && [ "$line" != "$(printf '\\r')" ]; do :; done
printf 'HTTP/1.1 200 OK\\r\\nContent-Length: 4\\r\\nConnection: close\\r\\n\\r\\nfine'
`,
      'stunnel.conf': [
        'foreground = yes',
        'pid =',
        '[tls]',
        `accept = 127.0.0.1:${port}`,
        'exec = /bin/sh',
        'execArgs = sh answer.sh',
        'cert = both.pem',
        ...verifying,
        '',
      ].join('\n'),
    },
  }))
}
