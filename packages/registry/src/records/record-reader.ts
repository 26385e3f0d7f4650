import { type AccountId, type CertificateVersion, CodedError, type RecordId } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import type { SecretReader } from '@mtls-gateway/secret-store'
import { LRUCache } from 'lru-cache'
import type { CacheState } from '../read/account-copies.ts'
import type { AccountSnapshot } from '../read/account-snapshot.ts'
import { readRecord } from './records.ts'

interface RecordReaderOptions {
  readonly store: SecretReader
  /** What is held is shared out here, with other readers' records. */
  readonly room: RecordRoom
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

/** A record that is being read. */
interface Flight<Value> {
  readonly accountId: AccountId
  readonly id: RecordId
  readonly value: Promise<Value>
}

/**
 * Records as calls need them. They never change, so they are held until their account names them no more, or room is
 * needed.
 */
export class RecordReader<Reference, Value extends object | string | undefined> {
  readonly #use: RecordUse<Reference, Value>
  readonly #store: SecretReader
  readonly #room: RecordRoom
  readonly #kind: RecordKind
  readonly #flights = new Map<string, Flight<Value>>()
  #hits = 0
  #misses = 0

  constructor({ store, room }: RecordReaderOptions, use: RecordUse<Reference, Value>) {
    this.#use = use
    this.#store = store
    this.#room = room
    this.#kind = room.addKind()
  }

  /**
   * Answers at once if it is held, and reads it once for all who ask meanwhile. If it isn't there, the account was
   * changed a moment ago. Neither an absence nor a failure is held.
   * @throws CodedError `STORE_UNAVAILABLE`, `STORE_DAMAGED`, and what its {@link RecordUse} throws
   */
  get(accountId: AccountId, reference: Reference): MaybePromise<Value> {
    const id = this.#use.idOf(reference)
    const key = `${this.#kind.prefix}${accountId}/${id}`
    // Only this reader has put anything under keys of its kind.
    const held = this.#room.get(key) as NonNullable<Value> | undefined
    if (held !== undefined) {
      this.#hits += 1
      return held
    }
    this.#misses += 1
    return this.#flights.get(key)?.value ?? this.#read(key, accountId, id, reference)
  }

  /** Its limit is that of all kinds in the room together. */
  cache(): CacheState {
    const { entries, bytes } = this.#kind
    return { hits: this.#hits, misses: this.#misses, entries, bytes, maxBytes: this.#room.maxBytes }
  }

  /** For {@link AccountReader.onLoaded}: lets go of what the account no longer names. */
  keepNamed(snapshot: AccountSnapshot): void {
    const { accountId } = snapshot
    const isNamed = (id: RecordId) => this.#use.isNamed(snapshot, id)
    const start = `${this.#kind.prefix}${accountId}/`
    for (const key of this.#room.keysOf(accountId)) {
      if (key.startsWith(start) && !isNamed(key.slice(start.length) as RecordId)) this.#room.delete(key)
    }
    for (const [key, flight] of this.#flights) {
      if (flight.accountId === accountId && !isNamed(flight.id)) this.#flights.delete(key)
    }
  }

  #read(key: string, accountId: AccountId, id: RecordId, reference: Reference): Promise<Value> {
    const value = this.#use.read(this.#store, accountId, reference).then(
      (read) => {
        const isNamed = this.#land(key, value)
        if (isNamed && isThere(read)) this.#room.hold(this.#kind, key, accountId, read, this.#use.bytes(read))
        return read
      },
      (error: unknown) => {
        this.#land(key, value)
        throw error
      },
    )
    this.#flights.set(key, { accountId, id, value })
    return value
  }

  /** False if it was let go of meanwhile: whoever asked gets the value, but it is not held. */
  #land(key: string, value: Promise<Value>): boolean {
    return this.#flights.get(key)?.value === value && this.#flights.delete(key)
  }
}

function isThere<Value>(value: Value): value is NonNullable<Value> {
  return value !== undefined
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

/** One kind of records in a room, and what it takes there. */
export interface RecordKind {
  /** What its keys begin with. */
  readonly prefix: string
  /** Counted by the room. */
  entries: number
  bytes: number
}

interface Entry {
  readonly kind: RecordKind
  readonly key: string
  readonly accountId: AccountId
  readonly value: object | string
  readonly bytes: number
}

/** What an account has here, the oldest first. */
interface Share {
  readonly keys: Set<string>
  bytes: number
}

/** About what an entry takes beside its value. */
const entryBytes = 400

/**
 * Room for records of any kind: whichever was used least recently gives way. One account has at most half of it; beyond
 * that its own oldest ones give way, and not what others call with.
 */
export class RecordRoom {
  readonly maxBytes: number
  readonly #most: number
  readonly #held: LRUCache<string, Entry>
  readonly #shares = new Map<AccountId, Share>()
  #kinds = 0

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes
    this.#most = Math.ceil(maxBytes / 2)
    this.#held = new LRUCache({ maxSize: maxBytes, dispose: (entry) => this.#unlist(entry) })
  }

  addKind(): RecordKind {
    return { prefix: `${this.#kinds++}:`, entries: 0, bytes: 0 }
  }

  get(key: string): object | string | undefined {
    return this.#held.get(key)?.value
  }

  /** All that an account has, of every kind. */
  keysOf(accountId: AccountId): Iterable<string> {
    return this.#shares.get(accountId)?.keys ?? []
  }

  delete(key: string): void {
    this.#held.delete(key)
  }

  /** @param kind that this room has made */
  hold(kind: RecordKind, key: string, accountId: AccountId, value: object | string, valueBytes: number): void {
    // A value that is larger than that is held, too, or each call would read the store.
    const bytes = Math.min(entryBytes + valueBytes, this.#most)
    const share = this.#shares.get(accountId) ?? { keys: new Set(), bytes: 0 }
    for (const oldest of share.keys) {
      if (share.bytes + bytes <= this.#most) break
      this.#held.delete(oldest)
    }
    share.keys.add(key)
    share.bytes += bytes
    this.#shares.set(accountId, share)
    this.#held.set(key, { kind, key, accountId, value, bytes }, { size: bytes })
    kind.entries += 1
    kind.bytes += bytes
  }

  #unlist({ kind, key, accountId, bytes }: Entry): void {
    kind.entries -= 1
    kind.bytes -= bytes
    const share = this.#shares.get(accountId)
    if (!share?.keys.delete(key)) return
    share.bytes -= bytes
    if (share.keys.size === 0) this.#shares.delete(accountId)
  }
}
