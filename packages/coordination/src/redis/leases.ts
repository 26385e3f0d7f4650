import { randomUUID } from 'node:crypto'
import { checkLeaseTime } from '../local/rules.ts'
import type { Lease, Leases } from '../port.ts'
import { keyPrefix, Script } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** A lease is a key whose value is the token of its holder. */
const releaseScript = new Script(`
if redis.call('GET', KEYS[1]) == ARGV[2] then
  redis.call('DEL', KEYS[1])
end
`)

/** Leases by the clock of Redis. */
export class RedisLeases implements Leases {
  readonly #link: RedisLink

  constructor(link: RedisLink) {
    this.#link = link
  }

  async acquire(name: string, ttlMs: number): Promise<Lease | undefined> {
    checkLeaseTime(ttlMs)
    const key = `${keyPrefix}lease:${name}`
    const token = randomUUID()
    const reply = await this.#link.send(key, ['SET', key, token, 'NX', 'PX', String(ttlMs)])
    if (reply === null) return undefined
    return {
      release: async () => {
        await releaseScript.run(this.#link, [key], [token])
      },
    }
  }
}
