import { type AccountId, type CertificateVersion, CodedError, type RecordId } from '@mtls-gateway/domain'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { readRecord } from './read-record.ts'
import { RecordReader, type RecordReaderOptions } from './record-reader.ts'

/** What a client presents in a handshake. */
export interface Identity {
  readonly versionId: RecordId
  /** PKCS#8 as PEM. */
  readonly privateKey: string
  /** PEM, the leaf first. */
  readonly certificates: string
}

export type IdentityVersion = Pick<CertificateVersion, 'versionId' | 'keyId'>

/**
 * Keys and chains of certificate versions, held while a version is current. If one of them isn't there, `get` throws
 * CodedError `CLIENT_KEY_MISSING`.
 */
export class IdentityReader extends RecordReader<IdentityVersion, Identity> {
  constructor(options: RecordReaderOptions) {
    super(options, {
      idOf: ({ versionId }) => versionId,
      read: readIdentity,
      bytes: ({ privateKey, certificates }) => privateKey.length + certificates.length,
      isNamed: (snapshot, versionId) => snapshot.currentVersions.has(versionId),
    })
  }
}

async function readIdentity(
  store: SecretReader,
  accountId: AccountId,
  { versionId, keyId }: IdentityVersion,
): Promise<Identity> {
  const [key, chain] = await Promise.all([
    readRecord(store, 'keys', accountId, keyId),
    readRecord(store, 'chains', accountId, versionId),
  ])
  if (key === undefined || chain === undefined) throw keyMissing()
  // Joined here and not by each call.
  return { versionId, privateKey: key.privateKey, certificates: [chain.leaf, ...chain.chain].join('\n') }
}

function keyMissing(): CodedError {
  return new CodedError(
    'CLIENT_KEY_MISSING',
    'The private key or the chain of the certificate that this call needs is missing. Upload the certificate again.',
  )
}
