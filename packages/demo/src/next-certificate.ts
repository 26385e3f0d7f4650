import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { makePkcs12, type TestTarget } from '@mtls-gateway/test-kit'
import { demoNames } from './leftovers.ts'

/** No secret: the file is there to be tried, at a target that ends with the demo. */
export const nextPassword = 'demo'

/** What the certificate that expires soon can be rotated to: `demo-next.p12` in the data directory. */
export function nextCertificatePath(dataDir: string): string {
  return join(dataDir, 'demo-next.p12')
}

/** The demo's target accepts it: its CA is a new one at each start, so nobody could make such a file themselves. */
export async function writeNextCertificate(dataDir: string, target: Pick<TestTarget, 'clientCa'>): Promise<void> {
  const identity = await target.clientCa.issue({
    commonName: demoNames.expiring,
    organization: 'Demo',
    extendedKeyUsage: ['clientAuth'],
  })
  const file = makePkcs12({ identity, password: nextPassword, friendlyName: demoNames.expiring })
  await removeNextCertificate(dataDir)
  await writeFile(nextCertificatePath(dataDir), file, { mode: 0o600 })
}

export async function removeNextCertificate(dataDir: string): Promise<void> {
  await rm(nextCertificatePath(dataDir), { force: true })
}
