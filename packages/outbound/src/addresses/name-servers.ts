import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { closeSync, openSync } from 'node:fs'
import { TransportError } from '../failures/transport-error.ts'

export interface NameServersOptions {
  /** `address` or `address:port`; the system's (resolv.conf) if left out. */
  readonly nameServers?: readonly string[]
  /**
   * How long the first of 4 tries may take, in milliseconds. Default 1,000. c-ares retries sooner if answers are fast.
   */
  readonly timeoutMs?: number
  /** How long all tries together, of all name servers, may take, in milliseconds. Default 5,000. */
  readonly deadlineMs?: number
}

/** What name servers say of a name: its addresses and how long they hold, or why there are none. */
export interface NameServersAnswer {
  readonly addresses: readonly LookupAddress[]
  readonly error: TransportError | undefined
  readonly ttlMs: number
}

const longestTryMs = 2_000
const defaultDeadlineMs = 5_000

/** Both families of a name's addresses, by c-ares on the event loop. */
export class NameServers {
  readonly #resolver: Resolver
  readonly #deadlineMs: number

  constructor({ nameServers, timeoutMs = 1_000, deadlineMs = defaultDeadlineMs }: NameServersOptions) {
    this.#deadlineMs = deadlineMs
    this.#resolver = new Resolver({ timeout: timeoutMs, tries: 4, maxTimeout: longestTryMs })
    if (nameServers !== undefined) this.#resolver.setServers(nameServers)
  }

  async ask(name: string): Promise<NameServersAnswer> {
    // c-ares can't end a single query. One that is late ends by itself, and its answer is dropped.
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${this.#deadlineMs} ms`)), this.#deadlineMs)
    const [four, six] = await Promise.allSettled([
      Promise.race([this.#resolver.resolve4(name, { ttl: true }), late.promise]),
      Promise.race([this.#resolver.resolve6(name, { ttl: true }), late.promise]),
    ])
    clearTimeout(timer)
    // IPv4 first: many hosts have no way out by IPv6, and then each connection would begin with a failed attempt.
    const found = [
      ...(four.status === 'fulfilled' ? four.value.map(({ address, ttl }) => ({ address, family: 4, ttl })) : []),
      ...(six.status === 'fulfilled' ? six.value.map(({ address, ttl }) => ({ address, family: 6, ttl })) : []),
    ]
    const addresses = found.map(({ address, family }) => ({ address, family }))
    const ttlMs = found.reduce((least, { ttl }) => Math.min(least, ttl * 1_000), Number.POSITIVE_INFINITY)
    if (found.length > 0) return { addresses, error: undefined, ttlMs }
    const reasons = [four, six].map((result) => (result.status === 'rejected' ? result.reason : undefined))
    return { addresses, error: lookupFailure(reasons), ttlMs: 0 }
  }
}

const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** No such name only if every query says so: a name server that fails is no proof of absence. */
function lookupFailure(reasons: readonly unknown[]): TransportError {
  const temporary = reasons.find((reason) => !absent.has(codeOf(reason)))
  if (temporary === undefined) return new TransportError('ENOTFOUND')
  // By this c-ares also says that it could open no socket.
  const isUnasked = codeOf(temporary) === 'ECONNREFUSED' && !canOpen()
  return new TransportError(isUnasked ? 'EMFILE' : 'EAI_AGAIN', { cause: temporary })
}

function codeOf(reason: unknown): string {
  return (reason as { code?: string } | undefined)?.code ?? ''
}

/** Whether the process has a file descriptor left. */
function canOpen(): boolean {
  try {
    closeSync(openSync('/dev/null', 'r'))
    return true
  } catch {
    return false
  }
}
