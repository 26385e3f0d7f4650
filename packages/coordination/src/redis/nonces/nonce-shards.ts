import type { NonceClaim } from '../../port.ts'
import type { CommandSender } from '../connection/redis-client.ts'
import { NewestTimestamps } from './newest-timestamps.ts'
import { hashOfClaim, NonceShard, type ShardVerdict } from './nonce-shard.ts'

/** Nonces are spread over as many shards as a cluster needs to spread them over its nodes. */
export class NonceShards {
  readonly #shards: readonly NonceShard[]
  /** Timestamps ahead of the clock that this instance has accepted. They survive a loss of the nonces in Redis. */
  readonly #newest = new NewestTimestamps()

  constructor(keyPrefix: string, count: number) {
    this.#shards = Array.from(
      { length: count },
      (_, index) => new NonceShard(`${keyPrefix}nonce:{${index}}:`, this.#newest),
    )
  }

  /** Whether a Redis that has lost its nonces would need this instance's timestamps. */
  get hasTakenAhead(): boolean {
    this.#newest.forgetPast(nowSeconds())
    return this.#newest.size > 0
  }

  async claim(redis: CommandSender, claim: NonceClaim): Promise<ShardVerdict> {
    const hash = hashOfClaim(claim)
    const shard = this.#shards[hash.readUInt32LE(0) % this.#shards.length]
    if (!shard) throw new RangeError('there is at least one shard')
    const verdict = await shard.claim(redis, claim, hash.toString('base64url'))
    if (verdict === 'ahead') this.#newest.raise(claim.appKey, claim.timestamp, nowSeconds())
    return verdict
  }

  /** For a new connection, and to check whether the server has lost its data. */
  async begin(redis: CommandSender): Promise<void> {
    await Promise.all(this.#shards.map((shard) => shard.begin(redis)))
  }
}

function nowSeconds(): number {
  return Math.floor(Date.now() / 1_000)
}
