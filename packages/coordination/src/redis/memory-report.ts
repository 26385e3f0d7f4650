import type { RedisEvent, RedisMemory } from './connection/event.ts'
import type { RedisLink } from './connection/redis-link.ts'
import { replyCode } from './connection/unavailable.ts'
import { fieldOf, numberOf } from './info-text.ts'

export interface MemoryReportOptions {
  readonly link: RedisLink
  readonly everyMs: number
  readonly onEvent: (event: RedisEvent) => void
}

/**
 * Reports how full Redis is, and whether it evicts keys: without room it takes no nonces, and an evicted nonce could be
 * replayed. INFO tells all of that, also where CONFIG is forbidden, as managed services do.
 */
export class MemoryReport {
  readonly #options: MemoryReportOptions
  #timer: NodeJS.Timeout | undefined

  constructor(options: MemoryReportOptions) {
    this.#options = options
  }

  /** On each new connection, whose user may have other rights. */
  begin(): void {
    this.close()
    this.#timer = setInterval(() => void this.#look(), this.#options.everyMs).unref()
    void this.#look()
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #look(): Promise<void> {
    const { link, onEvent } = this.#options
    if (!link.isUp) return
    try {
      // One section each: Redis 6.2 takes no more.
      const [memory, stats] = await Promise.all([link.ask(['INFO', 'memory']), link.ask(['INFO', 'stats'])])
      onEvent({ type: 'redis-memory', ...memoryOf(memory.map(String), stats.map(String)) })
    } catch (error) {
      // Without an answer, the next one is soon enough.
      const reason = replyCode(error)
      if (reason === undefined) return
      // Not asked again: each refusal fills the ACL log of the server.
      this.close()
      onEvent({ type: 'redis-memory-unknown', reason })
    }
  }
}

function memoryOf(memory: readonly string[], stats: readonly string[]): RedisMemory {
  const servers = memory.map((text) => ({
    usedBytes: numberOf(text, 'used_memory'),
    maxBytes: numberOf(text, 'maxmemory'),
    policy: fieldOf(text, 'maxmemory_policy'),
  }))
  const [fullest] = servers.toSorted((one, other) => shareOf(other) - shareOf(one))
  const policies = servers.map(({ policy }) => policy)
  return {
    usedBytes: fullest?.usedBytes ?? 0,
    maxBytes: fullest?.maxBytes ?? 0,
    policy: policies.find((policy) => policy !== 'noeviction' && policy !== '') ?? policies[0] ?? '',
    evictedKeys: stats.reduce((sum, text) => sum + numberOf(text, 'evicted_keys'), 0),
  }
}

/** A server without a limit has room. */
function shareOf({ usedBytes, maxBytes }: Pick<RedisMemory, 'usedBytes' | 'maxBytes'>): number {
  return maxBytes === 0 ? 0 : usedBytes / maxBytes
}
