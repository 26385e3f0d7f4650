import { createCa, type IssuedCertificate, type TestCa } from '@mtls-gateway/test-kit'

/** A target on localhost, the CA of its clients, and one client of that CA and one of another. */
export interface Identities {
  readonly serverCa: TestCa
  readonly serverIdentity: IssuedCertificate
  readonly clientCa: TestCa
  readonly known: IssuedCertificate
  readonly strange: IssuedCertificate
}

export async function issueIdentities(): Promise<Identities> {
  const serverCa = await createCa({ name: 'Server CA' })
  const clientCa = await createCa({ name: 'Client CA' })
  return {
    serverCa,
    serverIdentity: await serverCa.issue({ commonName: 'localhost', dnsNames: ['localhost'] }),
    clientCa,
    known: await clientCa.issue({ commonName: 'known' }),
    strange: await (await createCa({ name: 'Strange CA' })).issue({ commonName: 'strange' }),
  }
}
