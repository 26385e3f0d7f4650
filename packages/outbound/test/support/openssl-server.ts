import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { IssuedCertificate, TestCa } from '@mtls-gateway/test-kit'

export interface OpensslServer {
  readonly url: string
  close(): Promise<void>
}

/**
 * `openssl s_server`, which sends an alert for what it has against a client certificate; a Node server only closes.
 * @param options further options, such as `-tls1_2`; they find `client-ca.pem` and `client.crl` in the working
 *   directory
 */
export async function startOpensslServer(
  identity: IssuedCertificate,
  clientCa: TestCa,
  revoked: readonly IssuedCertificate[],
  options: readonly string[],
): Promise<OpensslServer> {
  const directory = mkdtempSync(join(tmpdir(), 'openssl-server-'))
  const write = (name: string, content: string) => writeFileSync(join(directory, name), content)
  write('server.pem', identity.certificate + identity.privateKey)
  write('client-ca.pem', clientCa.certificate)
  if (revoked.length > 0) writeRevocations(directory, clientCa, revoked)
  const server = spawn('openssl', ['s_server', '-accept', '127.0.0.1:0', '-cert', 'server.pem', '-www', ...options], {
    cwd: directory,
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  for await (const line of createInterface(server.stdout)) {
    const port = /^ACCEPT .*:(\d+)$/.exec(line)?.[1]
    if (port === undefined) continue
    server.stdout.resume()
    const close = async () => {
      const closed = once(server, 'close')
      server.kill('SIGKILL')
      await closed
      rmSync(directory, { recursive: true })
    }
    return { url: `https://localhost:${port}`, close }
  }
  throw new Error('openssl s_server did not start')
}

/** The index of `openssl ca`, of which it makes the list: status, expiry, revocation, serial number, file, subject. */
function writeRevocations(directory: string, ca: TestCa, revoked: readonly IssuedCertificate[]): void {
  const openssl = (...args: string[]) =>
    execFileSync('openssl', args, { cwd: directory, encoding: 'utf8', stdio: 'pipe' })
  const rows = revoked.map(({ certificate }, index) => {
    writeFileSync(join(directory, `revoked-${index}.pem`), certificate)
    const serial = openssl('x509', '-in', `revoked-${index}.pem`, '-noout', '-serial').trim().replace('serial=', '')
    return `R\t490101000000Z\t200101000000Z\t${serial}\tunknown\t/CN=revoked\n`
  })
  writeFileSync(join(directory, 'index.txt'), rows.join(''))
  writeFileSync(join(directory, 'ca-key.pem'), ca.privateKey)
  writeFileSync(
    join(directory, 'ca.cnf'),
    '[ca]\ndefault_ca=d\n[d]\ndatabase=index.txt\ndefault_md=sha256\ndefault_crl_days=1\n',
  )
  openssl(
    'ca',
    '-config',
    'ca.cnf',
    '-gencrl',
    '-keyfile',
    'ca-key.pem',
    '-cert',
    'client-ca.pem',
    '-out',
    'client.crl',
  )
}
