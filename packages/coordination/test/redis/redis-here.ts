import { afterEach, describe } from '@jest/globals'
import {
  canStartRedisServer,
  type RedisServer,
  type RedisServerOptions,
  startRedisServer,
} from '@mtls-gateway/test-kit'
import type { RedisEvent } from '../../src/redis/connection/event.ts'
import { openRedisCoordination, type RedisCoordination } from '../../src/redis/open.ts'
import type { RedisCoordinationOptions } from '../../src/redis/options.ts'

/** Skipped if no redis-server is installed; in CI it fails. */
export const describeRedis: (name: string, tests: () => void) => void = canStartRedisServer({
  required: process.env.CI !== undefined,
})
  ? describe
  : describe.skip

/** What is not about late replies waits for a server that a busy machine gives no processor. */
const deadlineMs = 5_000

/** An instance and its events. */
export interface Instance extends RedisCoordination {
  readonly events: readonly RedisEvent[]
  /** Resolves after this many events of this type, with the last one. */
  told(type: RedisEvent['type'], count?: number): Promise<RedisEvent>
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
      return Object.assign(coordination, { events, told })
    },
  }
}

export function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
