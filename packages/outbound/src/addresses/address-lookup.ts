import { isIP, type LookupFunction } from 'node:net'
import { Bulkhead, type BulkheadLimits } from '@mtls-gateway/bulkhead'
import { isTransportError, TransportError } from '../failures/transport-error.ts'
import { HostsFile, hostsFile } from './hosts-file.ts'
import { type KeptAnswer, KeptAnswers, type KeptAnswersLimits } from './kept-answers.ts'
import { NameServers, type NameServersAnswer, type NameServersOptions } from './name-servers.ts'
import { addressRefusal, type TargetGuard } from './target-guard.ts'

export interface AddressLookupOptions extends NameServersOptions {
  readonly guard: TargetGuard
  /** `/etc/hosts` if left out. */
  readonly hostsFile?: string
  /** How many names are kept at once. */
  readonly keptNames?: KeptAnswersLimits
  /** Divides the look-ups that are under way, by {@link lookUpLimits}; its own by default. */
  readonly places?: Bulkhead | undefined
  /** How long addresses are used, from when they were found, while name servers fail or are slow. Default 0: never. */
  readonly staleMs?: number
  /** How long a call waits for name servers before it uses such addresses. Default 1,000. */
  readonly patienceMs?: number
  /** How long an answer is kept at least, and a failure. Default 1,000 and 2,000. */
  readonly shortestMs?: number
  readonly failureMs?: number
  /** Told when a name is given addresses that have expired; for the next `failureMs` it goes on having them. */
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

/** With these, name servers have said nothing of a name. */
const unknown: ReadonlySet<string> = new Set(['EAI_AGAIN', 'EMFILE'])

const keptByDefault: KeptAnswersLimits = { total: 20_000, share: 1_000 }
const longestMs = 30_000
const defaults = { staleMs: 0, patienceMs: 1_000, shortestMs: 1_000, failureMs: 2_000, onStale: () => {} }

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
  readonly #options: Required<Pick<AddressLookupOptions, keyof typeof defaults>>
  readonly #guard: TargetGuard
  readonly #hosts: HostsFile
  readonly #nameServers: NameServers
  readonly #places: Bulkhead
  readonly #kept: KeptAnswers
  readonly #pending = new Map<string, Promise<KeptAnswer>>()

  constructor(options: AddressLookupOptions) {
    this.#options = { ...defaults, ...options }
    this.#guard = options.guard
    this.#hosts = new HostsFile(options.hostsFile ?? hostsFile)
    this.#nameServers = new NameServers(options)
    this.#places = options.places ?? new Bulkhead('look-ups', lookUpLimits)
    this.#kept = new KeptAnswers(options.keptNames ?? keptByDefault)
  }

  /** Fails with `ENOTFOUND`, `EAI_AGAIN`, `TARGET_ADDRESS_REFUSED`; CodedError `TOO_MANY_CALLS`. */
  of(owner: string): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(owner, hostname.toLowerCase().replace(/\.$/, '')).then(
        ({ addresses, error }) => {
          const [first] = addresses
          if (error !== undefined || first === undefined) callback(error ?? new TransportError('ENOTFOUND'), [])
          else if (options.all) callback(null, [...addresses])
          else callback(null, first.address, first.family)
        },
        (error) => callback(error, []),
      )
    }
  }

  async #resolve(owner: string, name: string): Promise<KeptAnswer> {
    const kept = this.#kept.get(owner, name)
    if (kept !== undefined) return kept
    const asked = this.#begin(owner, name)
    const last = this.#kept.lastGood(owner, name)
    if (last === undefined) return asked
    const answer = await within(asked, last.isStale ? 0 : this.#options.patienceMs)
    return answer ?? this.#useAgain(owner, name, last, undefined)
  }

  /** Asks, unless that is under way. Fails only where there are no addresses from before. */
  #begin(owner: string, name: string): Promise<KeptAnswer> {
    const key = `${owner} ${name}`
    const pending = this.#pending.get(key)
    if (pending !== undefined) return pending
    const asked = this.#askOrUseAgain(owner, name).finally(() => this.#pending.delete(key))
    this.#pending.set(key, asked)
    return asked
  }

  async #askOrUseAgain(owner: string, name: string): Promise<KeptAnswer> {
    let answer: KeptAnswer
    try {
      answer = await this.#ask(owner, name)
    } catch (error) {
      // Too many look-ups of its account are under way.
      const last = this.#kept.lastGood(owner, name)
      if (last === undefined) throw error
      return this.#useAgain(owner, name, last, error instanceof Error ? error : undefined)
    }
    const { error } = answer
    const isUnknown = isTransportError(error) && unknown.has(error.code)
    const last = isUnknown ? this.#kept.lastGood(owner, name) : undefined
    if (last !== undefined) return this.#useAgain(owner, name, last, error)
    this.#kept.keep(owner, name, answer)
    return answer
  }

  #useAgain(owner: string, name: string, last: KeptAnswer, error: Error | undefined): KeptAnswer {
    const now = performance.now()
    const answer = { ...last, expiresAt: Math.min(now + this.#options.failureMs, last.goodUntil), isStale: true }
    this.#kept.keep(owner, name, answer)
    this.#options.onStale({ owner, name, ageMs: Math.round(now - last.foundAt), error })
    return answer
  }

  async #ask(owner: string, name: string): Promise<KeptAnswer> {
    const listed = await this.#hosts.addresses(name)
    if (listed.length > 0) {
      const addresses = listed.map((address) => ({ address, family: isIP(address) }))
      return this.#answer({ addresses, error: undefined, ttlMs: 0 })
    }
    const permit = await this.#places.acquire(owner)
    let keptMs = 0
    try {
      const answer = await this.#nameServers.ask(name)
      keptMs = Math.max(0, answer.addresses.length - usualAddresses) * msAnAddress
      return this.#answer(answer)
    } finally {
      if (keptMs === 0) permit.release()
      else setTimeout(() => permit.release(), keptMs).unref()
    }
  }

  #answer({ addresses: found, error, ttlMs }: NameServersAnswer): KeptAnswer {
    const { failureMs, shortestMs, staleMs } = this.#options
    const foundAt = performance.now()
    const known = { foundAt, goodUntil: foundAt, isStale: false }
    if (error !== undefined) return { ...known, addresses: [], error, expiresAt: foundAt + failureMs }
    const addresses = this.#guard.reachable(found)
    const expiresAt = foundAt + Math.min(Math.max(ttlMs, shortestMs), longestMs)
    if (addresses.length === 0) return { ...known, addresses, error: addressRefusal(), expiresAt }
    return { ...known, addresses, error: undefined, expiresAt, goodUntil: foundAt + staleMs }
  }
}

/**
 * What a promise gives if it does so in time, else undefined: it goes on, and its failure is nobody's then.
 * @param ms 0 does not wait at all
 */
export async function within<T>(promise: Promise<T>, ms: number): Promise<T | undefined> {
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<undefined>((resolve) => {
    if (ms === 0) resolve(undefined)
    else timer = setTimeout(resolve, ms, undefined)
  })
  try {
    return await Promise.race([late, promise])
  } finally {
    clearTimeout(timer)
  }
}
