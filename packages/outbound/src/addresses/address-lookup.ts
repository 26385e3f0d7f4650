import type { LookupAddress } from 'node:dns'
import type { LookupFunction } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { Bulkhead, type BulkheadLimits } from '@mtls-gateway/bulkhead'
import { LRUCache } from 'lru-cache'
import { isTransportError } from '../failures/transport-error.ts'
import { type FoundAddresses, hostsFile, type NameServersOptions, nameServers, readHosts } from './name-servers.ts'
import { addressRefusal, type TargetGuard } from './target-guard.ts'

export interface AddressLookupOptions extends NameServersOptions {
  readonly guard: TargetGuard
  /** `/etc/hosts` if left out. Read once. */
  readonly hostsFile?: string
  /** Divides the look-ups that are under way, by {@link lookUpLimits}; its own by default. */
  readonly places?: Bulkhead | undefined
  /** How long addresses are used, from when they were found, while name servers fail or are slow. Default 0: never. */
  readonly staleMs?: number
  /** Told when a name is given addresses that have expired; for the next 2 s it goes on having them. */
  readonly onStale?: (use: StaleAddresses) => void
}

/** A name whose addresses are used although they have expired. */
export interface StaleAddresses {
  readonly owner: string
  readonly name: string
  /** Since name servers have given them. */
  readonly ageMs: number
  /** Undefined: name servers have not answered yet. */
  readonly error: Error | undefined
}

/** How names become addresses, for one account after the other. */
export interface AddressSource {
  /**
   * For `net.connect({ lookup })`.
   * @param owner whose names they are
   */
  of(owner: string): LookupFunction
}

/**
 * How the look-ups that are under way are divided among accounts. Nobody can interrupt the reading of an answer, or
 * know how large it will be: one with 4,090 addresses takes 25 ms. Such a look-up keeps its place for longer.
 */
export const lookUpLimits = {
  total: 512,
  share: 16,
  reserve: 64,
  waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs: 5_000 },
} satisfies BulkheadLimits

/** Names that are not made to be a burden have fewer addresses. */
const usualAddresses = 64
/** For how long each one beyond keeps the place of its look-up: with the largest answers they take 1 % of the time. */
const msAnAddress = 10

/** How many names are kept of an account, and of all: those that were asked for last. */
const keptNames = 256
const keptNamesOfAll = 20_000
/** How long an answer is kept, whatever it says itself. */
const shortestMs = 1_000
const longestMs = 30_000
const failureMs = 2_000
/** How long a call waits for name servers where it can do without them. */
const patienceMs = 1_000

/** What is known of a name, until it has to be asked for again. */
interface KeptAnswer {
  readonly addresses: readonly LookupAddress[]
  readonly error: Error | undefined
  /** In milliseconds of `performance.now()`, as the next one. */
  readonly expiresAt: number
  /** When name servers have given its addresses. */
  readonly foundAt: number
  /** They are used although they have expired. */
  readonly isStale: boolean
}

/**
 * Names to addresses by name servers, after the hosts file; only addresses that the guard allows, and few of them.
 *
 * `dns.lookup` is getaddrinfo on libuv's pool of 4 threads: 4 names whose name servers do not answer stop every other
 * look-up, and file access, of the process for seconds. Queries of c-ares wait side by side and occupy no thread, so
 * that one account's dead name server delays that account alone. What is lost: search domains of resolv.conf and
 * sources of nsswitch.conf other than files and dns; names of targets are complete.
 *
 * An account asks for a name once at a time, and the answer is kept for its TTL, 1 to 30 s, a failure for 2 s. While
 * name servers fail or are slow, a name keeps the addresses that it had; not once they say that it has none.
 */
export class AddressLookup implements AddressSource {
  readonly #staleMs: number
  readonly #onStale: AddressLookupOptions['onStale']
  readonly #guard: TargetGuard
  readonly #hosts: ReadonlyMap<string, readonly string[]>
  readonly #askNameServers: (name: string) => Promise<FoundAddresses>
  readonly #places: Bulkhead
  /** What is known of each account's names, the newest last: one that asks for ever new names drops only its own. */
  readonly #kept = new LRUCache<string, Map<string, KeptAnswer>>({
    maxSize: keptNamesOfAll,
    sizeCalculation: ({ size }) => size,
  })
  readonly #pending = new Map<string, Promise<KeptAnswer>>()

  constructor(options: AddressLookupOptions) {
    this.#staleMs = options.staleMs ?? 0
    this.#onStale = options.onStale
    this.#guard = options.guard
    this.#hosts = readHosts(options.hostsFile ?? hostsFile)
    this.#askNameServers = nameServers(options)
    this.#places = options.places ?? new Bulkhead('look-ups', lookUpLimits)
  }

  /** Fails with `ENOTFOUND`, `EAI_AGAIN`, `TARGET_ADDRESS_REFUSED`; CodedError `TOO_MANY_CALLS`. */
  of(owner: string): LookupFunction {
    return (hostname, options, callback) => {
      void this.#resolve(owner, hostname.toLowerCase().replace(/\.$/, '')).then(({ addresses, error }) => {
        const [first] = addresses
        if (first === undefined) callback(error ?? addressRefusal(), [])
        else if (options.all) callback(null, [...addresses])
        else callback(null, first.address, first.family)
      })
    }
  }

  async #resolve(owner: string, name: string): Promise<KeptAnswer> {
    const kept = this.#kept.get(owner)?.get(name)
    if (kept !== undefined && kept.expiresAt > performance.now()) {
      this.#keep(owner, name, kept)
      return kept
    }
    const asked = this.#begin(owner, name)
    const last = this.#lastGood(owner, name)
    if (last === undefined) return asked
    const patience = setTimeout(last.isStale ? 0 : patienceMs, undefined, { ref: false })
    const answer = await Promise.race([asked, patience])
    return answer ?? this.#useAgain(owner, name, last, undefined)
  }

  /** Asks, unless that is under way. */
  #begin(owner: string, name: string): Promise<KeptAnswer> {
    const key = `${owner} ${name}`
    const pending = this.#pending.get(key)
    if (pending !== undefined) return pending
    const asked = this.#askOrUseAgain(owner, name).finally(() => this.#pending.delete(key))
    this.#pending.set(key, asked)
    return asked
  }

  async #askOrUseAgain(owner: string, name: string): Promise<KeptAnswer> {
    const answer = await this.#ask(owner, name)
    const { error } = answer
    // With another error, name servers have said nothing of the name, or were not asked.
    const isKnown = error === undefined || (isTransportError(error) && error.code === 'ENOTFOUND')
    const last = isKnown ? undefined : this.#lastGood(owner, name)
    if (last !== undefined) return this.#useAgain(owner, name, last, error)
    // Where too many look-ups of the account are under way, the next one may find a place.
    if (error === undefined || isTransportError(error)) this.#keep(owner, name, answer)
    return answer
  }

  #useAgain(owner: string, name: string, last: KeptAnswer, error: Error | undefined): KeptAnswer {
    const now = performance.now()
    const expiresAt = Math.min(now + failureMs, last.foundAt + this.#staleMs)
    const answer = { ...last, expiresAt, isStale: true }
    this.#keep(owner, name, answer)
    this.#onStale?.({ owner, name, ageMs: Math.round(now - last.foundAt), error })
    return answer
  }

  #keep(owner: string, name: string, answer: KeptAnswer): void {
    const names = this.#kept.get(owner) ?? new Map<string, KeptAnswer>()
    names.delete(name)
    const [oldest] = names.keys()
    if (oldest !== undefined && names.size >= keptNames) names.delete(oldest)
    // Put in anew, because the cache does not count again what it holds.
    this.#kept.delete(owner)
    this.#kept.set(owner, names.set(name, answer))
  }

  /** One whose addresses may be used if name servers say nothing, expired or not. */
  #lastGood(owner: string, name: string): KeptAnswer | undefined {
    const answer = this.#kept.get(owner)?.get(name)
    if (answer === undefined || answer.addresses.length === 0) return undefined
    return answer.foundAt + this.#staleMs > performance.now() ? answer : undefined
  }

  async #ask(owner: string, name: string): Promise<KeptAnswer> {
    try {
      const found = await this.#find(owner, name)
      const addresses = this.#guard.reachable(found.addresses)
      const foundAt = performance.now()
      const expiresAt = foundAt + Math.min(Math.max(found.ttlMs, shortestMs), longestMs)
      return { addresses, error: undefined, expiresAt, foundAt, isStale: false }
    } catch (error) {
      const now = performance.now()
      // Only errors are thrown here.
      return { addresses: [], error: error as Error, expiresAt: now + failureMs, foundAt: now, isStale: false }
    }
  }

  async #find(owner: string, name: string): Promise<FoundAddresses> {
    const addresses = this.#hosts.get(name)
    if (addresses !== undefined) return { addresses, ttlMs: 0 }
    const permit = await this.#places.acquire(owner)
    let keptMs = 0
    try {
      const found = await this.#askNameServers(name)
      keptMs = Math.max(0, found.addresses.length - usualAddresses) * msAnAddress
      return found
    } finally {
      if (keptMs === 0) permit.release()
      else void setTimeout(keptMs, undefined, { ref: false }).then(() => permit.release())
    }
  }
}
