import { execFileSync } from 'node:child_process'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { type IssuedCertificate, makePkcs12, type TestCa } from '@mtls-gateway/test-kit'
import { type Program, startProgram, tlsFiles } from './program.ts'

export type TlsVersion = 'TLSv1.2' | 'TLSv1.3'

/** For a program that ends soon: the time to optimise it never comes back. */
const shortLived = ['-XX:TieredStopAtLevel=1', '-XX:+UseSerialGC']

const source = (name: string): string => fileURLToPath(new URL(name, import.meta.url))

/** A Go program that verifies client certificates and closes without an answer. */
export function startClosingGoServer(
  identity: IssuedCertificate,
  clientCa: TestCa,
  version: TlsVersion,
): Promise<Program> {
  return startProgram(({ directory, port }) => {
    const command = join(directory, 'closing-server')
    execFileSync('go', ['build', '-o', command, source('closing-server.go')], { stdio: 'pipe' })
    return { command, args: [String(port), version], files: tlsFiles(identity, clientCa.certificate) }
  })
}

/** The same in Java. */
export function startClosingJavaServer(
  identity: IssuedCertificate,
  clientCa: TestCa,
  version: TlsVersion,
  properties: readonly string[] = [],
): Promise<Program> {
  return startProgram(({ port }) => ({
    command: 'java',
    args: [...shortLived, ...properties, source('ClosingServer.java'), String(port), version],
    files: {
      ...tlsFiles(identity, clientCa.certificate),
      'server.p12': makePkcs12({ identity, password: 'secret' }),
    },
  }))
}
