import { type AccountId, type CertificateVersion, CodedError, type RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import type { AccountSnapshot } from '../read/account-snapshot.ts'
import { RecordCache } from './record-cache.ts'
import { readRecord } from './record-reader.ts'

/** What a client presents in a handshake. */
export interface Identity {
  readonly versionId: RecordId
  /** PKCS#8 as PEM. */
  readonly privateKey: string
  /** PEM, the leaf first. */
  readonly certificates: string
}

export type IdentityVersion = Pick<CertificateVersion, 'versionId' | 'keyId'>

export interface IdentityReaderOptions {
  readonly store: SecretReader
  readonly maxBytes: number
}

/** Keys and chains of certificate versions. Immutable, so cached until the account names another version. */
export class IdentityReader {
  readonly #store: SecretReader
  readonly #cache: RecordCache<Identity>

  constructor({ store, maxBytes }: IdentityReaderOptions) {
    this.#store = store
    this.#cache = new RecordCache({
      maxBytes,
      bytes: ({ privateKey, certificates }) => privateKey.length + certificates.length,
    })
  }

  /**
   * Answers at once if the version is held, else reads its key and chain in parallel.
   * @throws CodedError `CLIENT_KEY_MISSING` if one of them isn't there, `STORE_UNAVAILABLE`, `STORE_DAMAGED`
   */
  get(accountId: AccountId, version: IdentityVersion): MaybePromise<Identity> {
    const found = this.#cache.get(accountId, version.versionId, () => this.#read(accountId, version))
    return found instanceof Promise ? found.then(present) : present(found)
  }

  /** For {@link AccountReader.onLoaded}: lets go of the versions that are no longer current. */
  keepNamed(snapshot: AccountSnapshot): void {
    this.#cache.keep(snapshot.accountId, (versionId) => snapshot.currentVersions.has(versionId))
  }

  async #read(accountId: AccountId, { versionId, keyId }: IdentityVersion): Promise<Identity | undefined> {
    const [key, chain] = await Promise.all([
      readRecord(this.#store, 'keys', accountId, keyId),
      readRecord(this.#store, 'chains', accountId, versionId),
    ])
    if (key === undefined || chain === undefined) return undefined
    // Joined here and not by each call.
    return { versionId, privateKey: key.privateKey, certificates: [chain.leaf, ...chain.chain].join('\n') }
  }
}

function present(identity: Identity | undefined): Identity {
  if (identity !== undefined) return identity
  throw new CodedError(
    'CLIENT_KEY_MISSING',
    'The private key or the chain of the certificate that this call needs is missing. Upload the certificate again.',
  )
}
