import { isIP, type LookupFunction } from 'node:net'
import { Bulkhead, type BulkheadLimits } from '@mtls-gateway/bulkhead'
import type { TargetGuard } from '../guard/target-guard.ts'
import type { AccountLoop } from '../turns/event-loop-turns.ts'
import { HostsFile, hostsFile } from './hosts-file.ts'
import { type KeptAnswer, KeptAnswers, type KeptAnswersLimits } from './kept-answers.ts'
import { LargeAnswers } from './large-answers.ts'
import { LookupFailure } from './look-up-failure.ts'
import { NameServers, type NameServersAnswer, type NameServersOptions } from './name-servers.ts'
import { AddressRefusal, reachableAddresses } from './reachable-addresses.ts'

export interface AddressLookupOptions extends NameServersOptions {
  readonly guard: TargetGuard
  /** `/etc/hosts` if left out. */
  readonly hostsFile?: string
  /** How many names are kept at once. */
  readonly keptNames?: KeptAnswersLimits
  /** Divides the look-ups that are under way, by {@link lookUpLimits}; its own by default. */
  readonly places?: Bulkhead | undefined
}

/** How names become addresses, for one account after the other. */
export interface AddressSource {
  /**
   * For `net.connect({ lookup })`.
   * @param owner whose names they are
   * @param loop charged with what large answers take
   */
  of(owner: string, loop?: AccountLoop): LookupFunction
}

/** How the look-ups that are under way are divided among accounts. */
export const lookUpLimits = {
  total: 512,
  share: 16,
  reserve: 64,
  waiting: { total: 8_000, share: 1_000, reserve: 1_000, limitMs: 5_000 },
} satisfies BulkheadLimits

const keptByDefault: KeptAnswersLimits = { total: 20_000, share: 1_000 }
const longestMs = 30_000
const shortestMs = 1_000
const failureMs = 2_000

/**
 * Names to addresses by name servers, after the hosts file; only addresses that the guard allows, and few of them.
 *
 * `dns.lookup` is getaddrinfo on libuv's pool of 4 threads: 4 names whose name servers do not answer stop every other
 * look-up, and file access, of the process for seconds. Queries of c-ares wait side by side and occupy no thread, so
 * that one account's dead name server delays that account alone. What is lost: search domains of resolv.conf and
 * sources of nsswitch.conf other than files and dns; names of targets are complete.
 *
 * An account asks for a name once at a time, and the answer is kept for its TTL, 1 to 30 s, a failure for 2 s.
 */
export class AddressLookup implements AddressSource {
  readonly #guard: TargetGuard
  readonly #hosts: HostsFile
  readonly #nameServers: NameServers
  readonly #places: Bulkhead
  readonly #kept: KeptAnswers
  readonly #largeAnswers = new LargeAnswers()
  readonly #pending = new Map<string, Promise<KeptAnswer>>()

  constructor(options: AddressLookupOptions) {
    this.#guard = options.guard
    this.#hosts = new HostsFile(options.hostsFile ?? hostsFile)
    this.#nameServers = new NameServers(options)
    this.#places = options.places ?? new Bulkhead('look-ups', lookUpLimits)
    this.#kept = new KeptAnswers(options.keptNames ?? keptByDefault)
  }

  /** Fails with `ENOTFOUND`, `EAI_AGAIN`, `ERR_IP_BLOCKED`; CodedError `TOO_MANY_CALLS`. */
  of(owner: string, loop?: AccountLoop): LookupFunction {
    return (hostname, options, callback) => {
      this.#resolve(owner, hostname.toLowerCase().replace(/\.$/, ''), loop).then(
        ({ addresses, error }) => {
          const [first] = addresses
          if (error !== undefined || first === undefined)
            callback(error ?? new LookupFailure('ENOTFOUND', hostname), [])
          else if (options.all) callback(null, [...addresses])
          else callback(null, first.address, first.family)
        },
        (error) => callback(error, []),
      )
    }
  }

  async #resolve(owner: string, name: string, loop: AccountLoop | undefined): Promise<KeptAnswer> {
    const kept = this.#kept.get(owner, name)
    if (kept !== undefined) return kept
    const key = `${owner} ${name}`
    const pending = this.#pending.get(key)
    if (pending !== undefined) return pending
    const asked = this.#ask(owner, name, loop).finally(() => this.#pending.delete(key))
    this.#pending.set(key, asked)
    const answer = await asked
    this.#kept.keep(owner, name, answer)
    return answer
  }

  async #ask(owner: string, name: string, loop: AccountLoop | undefined): Promise<KeptAnswer> {
    const listed = await this.#hosts.addresses(name)
    if (listed.length > 0) {
      const addresses = listed.map((address) => ({ address, family: isIP(address) }))
      return this.#answer(name, { addresses, error: undefined, ttlMs: shortestMs })
    }
    const answer = await this.#places.run(owner, () => {
      // Looked at when the place is there: those that waited for it began before an answer was large.
      if (this.#largeAnswers.mustRest(owner)) throw this.#places.refusal()
      return this.#nameServers.ask(name)
    })
    const workMs = this.#largeAnswers.note(owner, answer.addresses.length)
    if (workMs > 0) loop?.noteWork(workMs)
    return this.#answer(name, answer)
  }

  #answer(name: string, { addresses: found, error, ttlMs }: NameServersAnswer): KeptAnswer {
    const now = performance.now()
    if (error !== undefined) return { addresses: [], error, expiresAt: now + failureMs }
    const addresses = reachableAddresses(found, this.#guard.addresses)
    const refusal = addresses.length === 0 ? new AddressRefusal(name) : undefined
    return { addresses, error: refusal, expiresAt: now + Math.min(Math.max(ttlMs, shortestMs), longestMs) }
  }
}
