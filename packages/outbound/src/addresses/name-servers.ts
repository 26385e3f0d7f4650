import type { LookupAddress } from 'node:dns'
import { Resolver } from 'node:dns/promises'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { isIP } from 'node:net'
import { TransportError } from '../failures/transport-error.ts'

export interface NameServersOptions {
  /** `address` or `address:port`; the system's (resolv.conf) if left out. */
  readonly nameServers?: readonly string[]
  /**
   * How long the first of 3 tries at each name server may take, in milliseconds. Default 1,000. c-ares retries sooner
   * if answers are fast.
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

/** Where the system's own table of names is. */
export const hostsFile = '/etc/hosts'

/** The addresses of the names in a hosts file, which c-ares does not read; none where there is no such file. */
export function readHosts(path: string): ReadonlyMap<string, readonly LookupAddress[]> {
  const hosts = new Map<string, LookupAddress[]>()
  for (const line of textOf(path).split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    const family = isIP(address)
    if (family === 0 || address.includes('%')) continue
    for (const name of names) {
      const key = name.toLowerCase()
      hosts.set(key, [...(hosts.get(key) ?? []), { address, family }])
    }
  }
  return hosts
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    // A host without the file is an ordinary one: DNS answers then.
    return ''
  }
}

/** @returns what asks for both families of a name's addresses, by c-ares on the event loop */
export function nameServers({ nameServers: servers, timeoutMs = 1_000, deadlineMs = 5_000 }: NameServersOptions) {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 3, maxTimeout: longestTryMs })
  if (servers !== undefined) resolver.setServers(servers)
  return async (name: string): Promise<NameServersAnswer> => {
    // c-ares cannot end a single query. One that is late ends by itself, and its answer is dropped.
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
    const [four, six] = await Promise.allSettled([
      Promise.race([resolver.resolve4(name, { ttl: true }), late.promise]),
      Promise.race([resolver.resolve6(name, { ttl: true }), late.promise]),
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
