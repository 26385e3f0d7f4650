import { setTimeout } from 'node:timers/promises'
import { afterEach, describe } from '@jest/globals'
import { isCodedError } from '@mtls-gateway/domain'
import type { MaybePromise } from '@mtls-gateway/event-loop'
import { type RedisServer, type RedisServerOptions, startRedisServer, withTools } from '@mtls-gateway/test-kit'
import type { Coordination } from '../../src/port.ts'
import type { RedisCoordinationOptions, RedisEvent } from '../../src/redis/connection/options.ts'
import { openRedisCoordination } from '../../src/redis/open.ts'

export const describeRedis: typeof describe.skip = withTools(describe, 'redis-server')

/** What is not about late replies waits for a server that a busy machine gives no processor. */
const deadlineMs = 5_000

/** An instance and its events. */
export interface Instance extends Coordination {
  readonly events: readonly RedisEvent[]
  /** Resolves after this many events of this type, with the last one. */
  told(type: RedisEvent['type'], count?: number): Promise<RedisEvent>
  /** What the last event about the connection tells. */
  state(): { readonly redis: 'up' | 'down'; readonly reason?: string }
}

/** Servers and instances of a test, ended after it. */
export function redisHere(): {
  start(options?: RedisServerOptions): Promise<RedisServer>
  open(options: RedisCoordinationOptions): Promise<Instance>
} {
  const ends: (() => Promise<unknown>)[] = []
  afterEach(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return {
    async start(options) {
      const server = await startRedisServer(options)
      ends.push(() => server.stop())
      return server
    },
    async open(options) {
      const events: RedisEvent[] = []
      const waiting = new Set<() => void>()
      const onEvent = (event: RedisEvent): void => {
        events.push(event)
        for (const look of waiting) look()
      }
      const coordination = await openRedisCoordination({ deadlineMs, ...options, onEvent })
      ends.push(() => coordination.close())
      const told = (type: RedisEvent['type'], count = 1): Promise<RedisEvent> =>
        new Promise((resolve) => {
          const look = (): void => {
            const event = events.filter((candidate) => candidate.type === type)[count - 1]
            if (!event) return
            waiting.delete(look)
            resolve(event)
          }
          waiting.add(look)
          look()
        })
      const state = (): ReturnType<Instance['state']> => {
        const about = ['redis-up', 'redis-down', 'redis-login-refused', 'redis-connect-failed']
        const last = events.findLast(({ type }) => about.includes(type))
        return last !== undefined && 'reason' in last ? { redis: 'down', reason: last.reason } : { redis: 'up' }
      }
      return Object.assign(coordination, { events, told, state })
    },
  }
}

/** What it answers once it does: where the deadline is short, a busy machine may miss it. */
export async function answerOf<T>(ask: () => MaybePromise<T>): Promise<T> {
  for (const end = Date.now() + 30_000; ; await setTimeout(25)) {
    try {
      return await ask()
    } catch (error) {
      if (!isCodedError(error) || error.code !== 'COORDINATION_UNAVAILABLE' || Date.now() > end) throw error
    }
  }
}

/** What is within the second that a rate counter looks back: where it took longer, once more with another key. */
export async function inOneWindow<T>(work: (key: string) => Promise<T>): Promise<T> {
  for (let attempt = 0; ; attempt++) {
    const start = performance.now()
    const answer = await work(`key-${attempt}`)
    if (performance.now() - start < 900) return answer
  }
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
