import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'

/** A PKCS#12 file made by OpenSSL, with this many iterations for each of its keys. */
export async function keyFile(
  { certificate, privateKey }: IssuedCertificate,
  password: string,
  iterations: number,
): Promise<Buffer> {
  const directory = await mkdtemp(join(tmpdir(), 'key-file-'))
  try {
    const [pem, p12] = [join(directory, 'client.pem'), join(directory, 'client.p12')]
    await writeFile(pem, privateKey + certificate)
    const output = ['-out', p12, '-iter', String(iterations), '-passout', `pass:${password}`]
    await promisify(execFile)('openssl', ['pkcs12', '-export', '-in', pem, ...output])
    return await readFile(p12)
  } finally {
    await rm(directory, { recursive: true })
  }
}
