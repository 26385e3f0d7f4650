import { MalformedVector, VectorReader } from './vector-reader.ts'

export interface ServerHello {
  readonly isTls13: boolean
  /** HelloRetryRequest: another hello follows. */
  readonly isRetry: boolean
  readonly cipherSuite: number
  readonly random: Buffer
}

/** RFC 8446 section 4.1.3: the random of a HelloRetryRequest. */
const retryRandom = Buffer.from('cf21ad74e59a6111be1d8c021e65b891c2a211167abb8c5e079e09e2c8a8339c', 'hex')
const supportedVersions = 43
const tls12 = 0x0303

/**
 * RFC 8446 section 4.1.3. OpenSSL recognises TLS 1.3 by the extension; it refuses any other version in it, and a
 * duplicate. Without the extension it goes by legacy_version, even if that says 1.3; anything below 1.2 it refuses.
 * @throws MalformedVector also where that says more than TLS 1.2, which no target may
 */
export function parseServerHello(body: Buffer): ServerHello {
  const reader = new VectorReader(body)
  const legacyVersion = reader.number(2)
  if (legacyVersion > tls12) throw new MalformedVector()
  const random = reader.bytes(32)
  reader.vector(1) // legacy_session_id_echo
  const cipherSuite = reader.number(2)
  reader.bytes(1) // legacy_compression_method
  const isTls13 = !reader.isAtEnd && hasExtension(reader.vector(2), supportedVersions)
  return { isTls13, isRetry: random.equals(retryRandom), cipherSuite, random }
}

function hasExtension(extensions: Buffer, wanted: number): boolean {
  const reader = new VectorReader(extensions)
  while (!reader.isAtEnd) {
    const type = reader.number(2)
    reader.vector(2)
    if (type === wanted) return true
  }
  return false
}
