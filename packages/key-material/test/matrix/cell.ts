import type { IssuedCertificate, TestKeyType } from '@mtls-gateway/test-kit'

/** One identity of each key type, of a common CA, for all cells. */
export type Identities = ReadonlyMap<TestKeyType, IssuedCertificate>

/** One file of the matrix, and the expected report. */
export interface Cell {
  readonly name: string
  readonly password: string
  /** The file, and the fingerprint of the leaf in it. */
  make(identities: Identities): Promise<{ readonly bytes: Uint8Array; readonly fingerprint: string }>
  readonly readBy: 'pkijs' | 'node-forge'
  readonly mac: string | null
  readonly cipher: string | null
  /** Whether Java 17 can load it, get the key and sign. */
  readonly java: boolean
}

export function identityOf(identities: Identities, type: TestKeyType): IssuedCertificate {
  const identity = identities.get(type)
  if (!identity) throw new Error(`no identity of type ${type}`)
  return identity
}
