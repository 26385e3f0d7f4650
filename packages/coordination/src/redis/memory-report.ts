import type { RedisEvent, RedisMemory } from './connection/options.ts'
import { replyCode } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'
import { type Ask, clockAhead, type RedisServerFacts, serverFacts } from './inspect.ts'

/** From this share of `maxmemory` on, what is left is for nonces. */
const shortShare = 0.8

interface MemoryReportOptions {
  readonly link: RedisLink
  readonly everyMs: number
  readonly onEvent: (event: RedisEvent) => void
}

/**
 * Reports how full Redis is, and whether it evicts keys: without room it takes no nonces, and an evicted nonce could be
 * replayed. INFO tells all of that, also where CONFIG is forbidden, as managed services do. Its clock is asked for with
 * it, as it decides what a nonce is too old for.
 */
export function memoryReport({ link, everyMs, onEvent }: MemoryReportOptions) {
  let timer: NodeJS.Timeout | undefined
  /** The user of this connection may run INFO, as far as is known. */
  let mayAsk = true
  let isShort = false

  const ask: Ask = (words) => link.ask(words)
  const look = async (): Promise<void> => {
    if (!link.isUp) return
    // Without an answer, the next one is soon enough.
    const aheadMs = await clockAhead(ask).catch(() => undefined)
    if (aheadMs !== undefined) onEvent({ type: 'redis-clock', aheadMs })
    if (!mayAsk) return
    try {
      const report = memoryOf(await serverFacts(ask))
      isShort = shareOf(report) >= shortShare
      onEvent({ type: 'redis-memory', ...report })
    } catch (error) {
      const reason = replyCode(error)
      if (reason === undefined || !mayAsk) return
      // Not asked again: each refusal fills the ACL log of the server.
      mayAsk = false
      onEvent({ type: 'redis-memory-unknown', reason })
    }
  }
  const close = (): void => clearInterval(timer)
  return {
    /** By the last report. If it has none, what can be done without should not be written. */
    hasRoom: () => !isShort,
    /** On each new connection, whose user may have other rights. */
    begin() {
      close()
      mayAsk = true
      timer = setInterval(() => void look(), everyMs).unref()
      void look()
    },
    close,
  }
}

function memoryOf(servers: readonly RedisServerFacts[]): RedisMemory {
  const [fullest] = servers.toSorted((one, other) => shareOf(other) - shareOf(one))
  const policies = servers.map(({ policy }) => policy)
  return {
    usedBytes: fullest?.usedBytes ?? 0,
    maxBytes: fullest?.maxBytes ?? 0,
    policy: policies.find((policy) => policy !== 'noeviction' && policy !== '') ?? policies[0] ?? '',
    evictedKeys: servers.reduce((sum, { evictedKeys }) => sum + evictedKeys, 0),
  }
}

/** A server without a limit has room. */
function shareOf({ usedBytes, maxBytes }: Pick<RedisMemory, 'usedBytes' | 'maxBytes'>): number {
  return maxBytes === 0 ? 0 : usedBytes / maxBytes
}
