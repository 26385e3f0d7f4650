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

/** What name servers say of a name. */
export interface FoundAddresses {
  readonly addresses: readonly string[]
  /** How long they hold. */
  readonly ttlMs: number
}

const longestTryMs = 2_000

/** Where the system's own table of names is. */
export const hostsFile = '/etc/hosts'

/** The addresses of the names in a hosts file, which c-ares does not read; none where there is no such file. */
export function readHosts(path: string): ReadonlyMap<string, readonly string[]> {
  const hosts = new Map<string, string[]>()
  for (const line of textOf(path).split('\n')) {
    const [address = '', ...names] = line.replace(/#.*/, '').trim().split(/\s+/)
    if (isIP(address) === 0 || address.includes('%')) continue
    for (const name of names) {
      const key = name.toLowerCase()
      hosts.set(key, [...(hosts.get(key) ?? []), address])
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

/**
 * @returns what asks for both families of a name's addresses, by c-ares on the event loop; fails with `ENOTFOUND`,
 *   `EAI_AGAIN`, `EMFILE`
 */
export function nameServers({ nameServers: servers, timeoutMs = 1_000, deadlineMs = 5_000 }: NameServersOptions) {
  const resolver = new Resolver({ timeout: timeoutMs, tries: 3, maxTimeout: longestTryMs })
  if (servers !== undefined) resolver.setServers(servers)
  return async (name: string): Promise<FoundAddresses> => {
    // c-ares cannot end a single query. One that is late ends by itself, and its answer is dropped.
    const late = Promise.withResolvers<never>()
    const timer = setTimeout(() => late.reject(new Error(`no answer within ${deadlineMs} ms`)), deadlineMs)
    const [four, six] = await Promise.allSettled([
      Promise.race([resolver.resolve4(name, { ttl: true }), late.promise]),
      Promise.race([resolver.resolve6(name, { ttl: true }), late.promise]),
    ])
    clearTimeout(timer)
    // IPv4 first: many hosts have no way out by IPv6, and then each connection would begin with a failed attempt.
    const found = [four, six].flatMap((result) => (result.status === 'fulfilled' ? result.value : []))
    if (found.length === 0) throw lookupFailure([four, six])
    const ttlMs = found.reduce((least, { ttl }) => Math.min(least, ttl * 1_000), Number.POSITIVE_INFINITY)
    return { addresses: found.map(({ address }) => address), ttlMs }
  }
}

const absent: ReadonlySet<string> = new Set(['ENOTFOUND', 'ENODATA', 'EBADNAME'])

/** No such name only if every query says so: a name server that fails is no proof of absence. */
function lookupFailure(results: readonly PromiseSettledResult<unknown>[]): TransportError {
  const reasons = results.map((result) => (result.status === 'rejected' ? result.reason : undefined))
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
