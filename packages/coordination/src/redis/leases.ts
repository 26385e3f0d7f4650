import { randomUUID } from 'node:crypto'
import type { Leases } from '../port.ts'
import { keyPrefix, Script } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** A lease is a key whose value is the token of its holder. */
const releaseScript = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
`)

/** Leases by the clock of Redis. */
export function redisLeases(link: RedisLink): Leases {
  return {
    async acquire(name, ttlMs) {
      const key = `${keyPrefix}lease:${name}`
      const token = randomUUID()
      const reply = await link.send(key, ['SET', key, token, 'NX', 'PX', String(ttlMs)])
      if (reply === null) return undefined
      return {
        release: async () => {
          await releaseScript.run(link, [key], [token])
        },
      }
    },
  }
}
