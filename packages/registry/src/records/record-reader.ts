import { type AccountId, type CertificateVersion, CodedError, type RecordId } from '@mtls-gateway/domain'
import { isPromise, type MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import type { CacheState } from '../read/account-copies.ts'
import type { AccountSnapshot } from '../read/account-snapshot.ts'
import { readRecord } from './records.ts'

interface RecordReaderOptions {
  readonly store: SecretReader
  /** About how much of the heap all that is held takes. One account has at most half of it. */
  readonly maxBytes: number
}

/**
 * Something that calls need of an account's records, in the form in which they need it.
 * @typeParam Value with undefined: what isn't there is no error
 */
export interface RecordUse<Reference, Value> {
  readonly idOf: (reference: Reference) => RecordId
  readonly read: (store: SecretReader, accountId: AccountId, reference: Reference) => Promise<Value>
  readonly bytes: (value: NonNullable<Value>) => number
  readonly isNamed: (snapshot: AccountSnapshot, id: RecordId) => boolean
}

interface AccountRecords<Value> {
  /** What is held of an account and what is being read, the oldest first. */
  readonly entries: Map<RecordId, NonNullable<Value> | Promise<Value>>
  bytes: number
}

/** About what an entry takes beside its value: 130 bytes of a text, 240 of an identity. */
const entryBytes = 250
/** About what an account takes beside its entries. A cache for each would take 2,000 bytes, and a Map takes 280. */
const accountBytes = 300

/**
 * Records as calls need them. They never change, so they are held until their account names them no more, or memory is
 * needed: beyond half of it an account's own oldest ones go, then all of the account that was used least recently.
 */
export class RecordReader<Reference, Value extends object | string | undefined> {
  readonly #use: RecordUse<Reference, Value>
  readonly #store: SecretReader
  readonly #maxBytes: number
  readonly #perAccount: number
  readonly #accounts: LRUCache<AccountId, AccountRecords<Value>>
  #hits = 0
  #misses = 0

  constructor({ store, maxBytes }: RecordReaderOptions, use: RecordUse<Reference, Value>) {
    this.#use = use
    this.#store = store
    this.#maxBytes = maxBytes
    this.#perAccount = Math.ceil(maxBytes / 2)
    this.#accounts = new LRUCache({ maxSize: maxBytes })
  }

  /**
   * Answers at once if it is held, and reads it once for all who ask meanwhile. If it isn't there, the account was
   * changed a moment ago. Neither an absence nor a failure is held.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, and what its {@link RecordUse} throws
   */
  get(accountId: AccountId, reference: Reference): MaybePromise<Value> {
    const id = this.#use.idOf(reference)
    const held = this.#accounts.get(accountId)?.entries.get(id)
    if (held !== undefined && !isPromise<Value>(held)) {
      this.#hits += 1
      return held
    }
    this.#misses += 1
    return held ?? this.#read(accountId, id, reference)
  }

  cache(): CacheState {
    const entries = [...this.#accounts.values()].reduce((sum, { entries: own }) => sum + own.size, 0)
    const bytes = this.#accounts.calculatedSize
    return { hits: this.#hits, misses: this.#misses, entries, bytes, maxBytes: this.#maxBytes }
  }

  /** For {@link AccountReader.onLoaded}: lets go of what the account no longer names. */
  keepNamed(snapshot: AccountSnapshot): void {
    const records = this.#accounts.peek(snapshot.accountId)
    const unnamed = [...(records?.entries.keys() ?? [])].filter((id) => !this.#use.isNamed(snapshot, id))
    if (records === undefined || unnamed.length === 0) return
    for (const id of unnamed) this.#drop(records, id)
    this.#hold(snapshot.accountId, records)
  }

  #read(accountId: AccountId, id: RecordId, reference: Reference): Promise<Value> {
    const records: AccountRecords<Value> = this.#accounts.peek(accountId) ?? { entries: new Map(), bytes: 0 }
    const reading = this.#use.read(this.#store, accountId, reference)
    records.entries.set(id, reading)
    this.#hold(accountId, records)
    const settle = (value?: Value) => {
      // Let go of meanwhile: whoever asked gets the value, but it is not held.
      if (records.entries.get(id) !== reading || this.#accounts.peek(accountId) !== records) return
      records.entries.delete(id)
      if (value) {
        records.entries.set(id, value)
        records.bytes += this.#bytesOf(value)
      }
      this.#hold(accountId, records)
    }
    reading.then(settle, () => settle())
    return reading
  }

  #drop(records: AccountRecords<Value>, id: RecordId): void {
    const held = records.entries.get(id)
    records.entries.delete(id)
    if (held !== undefined && !isPromise<Value>(held)) records.bytes -= this.#bytesOf(held)
  }

  /** A value that is larger than an account's part is held, too, or each call would read the store. */
  #bytesOf(value: NonNullable<Value>): number {
    return Math.min(entryBytes + this.#use.bytes(value), this.#perAccount)
  }

  /** With its size of now, which a cache takes of what is new to it only. */
  #hold(accountId: AccountId, records: AccountRecords<Value>): void {
    for (const id of records.entries.keys()) {
      if (records.bytes <= this.#perAccount) break
      this.#drop(records, id)
    }
    this.#accounts.delete(accountId)
    if (records.entries.size === 0) return
    this.#accounts.set(accountId, records, { size: Math.min(accountBytes + records.bytes, this.#maxBytes) })
  }
}

/** Secrets of app keys, by the key. They count only while the account lists the key: ask its snapshot first. */
export class AppSecretReader extends RecordReader<RecordId, string | undefined> {
  constructor(options: RecordReaderOptions) {
    super(options, {
      idOf: (appKeyId) => appKeyId,
      read: async (store, accountId, id) => (await readRecord(store, 'app-keys', accountId, id))?.secret,
      bytes: (secret) => secret.length,
      isNamed: (snapshot, id) => snapshot.findAppKey(id) !== undefined,
    })
  }
}

/** The CA certificates that mappings trust: PEM, one after the other. */
export class CaCertificateReader extends RecordReader<RecordId, string | undefined> {
  constructor(options: RecordReaderOptions) {
    super(options, {
      idOf: (caRecordId) => caRecordId,
      read: async (store, accountId, id) => {
        const record = await readRecord(store, 'chains', accountId, id)
        return record && [record.leaf, ...record.chain].join('')
      },
      bytes: (pem) => pem.length,
      isNamed: (snapshot, id) => snapshot.caRecordIds.has(id),
    })
  }
}

/** Secrets that targets want beside a certificate (docs/target-credentials.md), and keys that sign for them, as PEM. */
export class TargetSecretReader extends RecordReader<RecordId, string | undefined> {
  constructor(options: RecordReaderOptions) {
    super(options, {
      idOf: (secretId) => secretId,
      read: async (store, accountId, id) => (await readRecord(store, 'target-secrets', accountId, id))?.secret,
      bytes: (secret) => secret.length,
      isNamed: (snapshot, id) => snapshot.targetSecretIds.has(id),
    })
  }
}

/** What a client presents in a handshake. */
export interface Identity {
  readonly versionId: RecordId
  /** PKCS#8 as PEM. */
  readonly privateKey: string
  /** PEM, the leaf first. */
  readonly certificates: string
}

type IdentityVersion = Pick<CertificateVersion, 'versionId' | 'keyId'>

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
      isNamed: (snapshot, versionId) => snapshot.presentable.has(versionId),
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
