import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { isIP, type LookupFunction } from 'node:net'
import { HostsFile, hostsFile } from './hosts-file.ts'

export interface AddressLookupOptions {
  /** `address` or `address:port`; the system's (resolv.conf) if left out. */
  readonly nameServers?: readonly string[]
  /** `/etc/hosts` if left out. */
  readonly hostsFile?: string
  /** Names kept at once, the least recently asked for dropped first; 10,000 if left out. */
  readonly maxNames?: number
  /**
   * How long the first of 4 tries may take, in milliseconds. Default 1,000. c-ares retries sooner if answers are fast.
   */
  readonly timeoutMs?: number
}

const longestTryMs = 2_000
const longestMs = 30_000
const shortestMs = 1_000
const failureMs = 2_000

interface Answer {
  readonly addresses: readonly LookupAddress[]
  readonly error: LookupFailure | undefined
  readonly expiresAt: number
}

/** With the codes of getaddrinfo, whichever way the DNS failed. */
class LookupFailure extends Error {
  override readonly name = 'LookupFailure'
  readonly code: 'ENOTFOUND' | 'EAI_AGAIN'

  constructor(code: 'ENOTFOUND' | 'EAI_AGAIN', hostname: string, cause?: unknown) {
    super(`${code} ${hostname}`, { cause })
    this.code = code
  }
}

/**
 * Names to addresses by c-ares on the event loop, after the hosts file.
 *
 * `dns.lookup` is getaddrinfo on libuv's pool of 4 threads: 4 names whose name servers do not answer stop every other
 * look-up, and file access, of the process for seconds. Queries of c-ares wait side by side and occupy no thread, so
 * that one account's dead name server delays that account alone. What is lost: search domains of resolv.conf and
 * sources of nsswitch.conf other than files and dns; names of targets are complete.
 *
 * A name is asked for once at a time, its answer kept for its TTL, 1 to 30 s, a failure for 2 s.
 */
export class AddressLookup {
  readonly #hosts: HostsFile
  readonly #resolver: Resolver
  readonly #maxNames: number
  readonly #answers = new Map<string, Answer>()
  readonly #pending = new Map<string, Promise<Answer>>()

  constructor(options: AddressLookupOptions = {}) {
    this.#hosts = new HostsFile(options.hostsFile ?? hostsFile)
    this.#resolver = new Resolver({ timeout: options.timeoutMs ?? 1_000, tries: 4, maxTimeout: longestTryMs })
    if (options.nameServers !== undefined) this.#resolver.setServers(options.nameServers)
    this.#maxNames = options.maxNames ?? 10_000
  }

  /** For `net.connect({ lookup })`. Fails with `ENOTFOUND` or `EAI_AGAIN`. */
  readonly lookup: LookupFunction = (hostname, options, callback) => {
    this.#resolve(hostname.toLowerCase().replace(/\.$/, '')).then(({ addresses, error }) => {
      const [first] = addresses
      if (error !== undefined || first === undefined) callback(error ?? new LookupFailure('ENOTFOUND', hostname), [])
      else if (options.all) callback(null, [...addresses])
      else callback(null, first.address, first.family)
    })
  }

  async #resolve(name: string): Promise<Answer> {
    const kept = this.#answers.get(name)
    if (kept !== undefined && kept.expiresAt > performance.now()) {
      this.#keep(name, kept)
      return kept
    }
    const pending = this.#pending.get(name)
    if (pending !== undefined) return pending
    const query = this.#query(name).finally(() => this.#pending.delete(name))
    this.#pending.set(name, query)
    const answer = await query
    this.#keep(name, answer)
    return answer
  }

  /** The newest last, so that the first is the one to drop. */
  #keep(name: string, answer: Answer): void {
    this.#answers.delete(name)
    this.#answers.set(name, answer)
    if (this.#answers.size <= this.#maxNames) return
    for (const [oldest] of this.#answers) {
      this.#answers.delete(oldest)
      return
    }
  }

  async #query(name: string): Promise<Answer> {
    const listed = await this.#hosts.addresses(name)
    if (listed.length > 0) {
      return answer(
        listed.map((address) => ({ address, family: isIP(address) })),
        shortestMs,
      )
    }
    const [four, six] = await Promise.allSettled([
      this.#resolver.resolve4(name, { ttl: true }),
      this.#resolver.resolve6(name, { ttl: true }),
    ])
    // IPv4 first: many hosts have no way out by IPv6, and then each connection would begin with a failed attempt.
    const found = [
      ...(four.status === 'fulfilled' ? four.value.map(({ address, ttl }) => ({ address, family: 4, ttl })) : []),
      ...(six.status === 'fulfilled' ? six.value.map(({ address, ttl }) => ({ address, family: 6, ttl })) : []),
    ]
    if (found.length > 0) return answer(found, Math.min(...found.map(({ ttl }) => ttl * 1_000)))
    const error = failure(
      name,
      [four, six].map((result) => (result.status === 'rejected' ? result.reason : undefined)),
    )
    return { addresses: [], error, expiresAt: performance.now() + failureMs }
  }
}

function answer(addresses: readonly LookupAddress[], ttlMs: number): Answer {
  const keptMs = Math.min(Math.max(ttlMs, shortestMs), longestMs)
  return { addresses, error: undefined, expiresAt: performance.now() + keptMs }
}

/** No such name only if every query says so: a name server that fails is no proof of absence. */
function failure(name: string, reasons: readonly unknown[]): LookupFailure {
  const temporary = reasons.find((reason) => !absent.has((reason as { code?: string } | undefined)?.code ?? ''))
  return temporary === undefined
    ? new LookupFailure('ENOTFOUND', name)
    : new LookupFailure('EAI_AGAIN', name, temporary)
}

const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])
