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
export class MemoryReport {
  readonly #options: MemoryReportOptions
  #timer: NodeJS.Timeout | undefined
  /** The user of this connection may run INFO, as far as is known. */
  #mayAsk = true
  #isShort = false

  constructor(options: MemoryReportOptions) {
    this.#options = options
  }

  /** By the last report. If it has none, what can be done without should not be written. */
  readonly hasRoom = (): boolean => !this.#isShort

  /** On each new connection, whose user may have other rights. */
  begin(): void {
    this.close()
    this.#mayAsk = true
    this.#timer = setInterval(() => void this.#look(), this.#options.everyMs).unref()
    void this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const { link, onEvent } = this.#options
    if (!link.isUp) return
    const ask: Ask = (words) => link.ask(words)
    // Without an answer, the next one is soon enough.
    const aheadMs = await clockAhead(ask).catch(() => undefined)
    if (aheadMs !== undefined) onEvent({ type: 'redis-clock', aheadMs })
    if (!this.#mayAsk) return
    try {
      const report = memoryOf(await serverFacts(ask))
      this.#isShort = shareOf(report) >= shortShare
      onEvent({ type: 'redis-memory', ...report })
    } catch (error) {
      const reason = replyCode(error)
      if (reason === undefined || !this.#mayAsk) return
      // Not asked again: each refusal fills the ACL log of the server.
      this.#mayAsk = false
      onEvent({ type: 'redis-memory-unknown', reason })
    }
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
