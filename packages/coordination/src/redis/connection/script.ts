import { createHash } from 'node:crypto'
import type { CommandSender } from './redis-client.ts'
import { replyCode } from './unavailable.ts'

/**
 * A Lua script, run by its hash in one round trip. ARGV[1] is `1` if this server did not know the script: it has been
 * restarted since the last run, or has taken over from another server. Redis keeps scripts only in memory, neither on
 * disk nor on replicas, and only a run with `1` loads them.
 */
export class Script {
  readonly #source: string
  readonly #sha: string

  constructor(source: string) {
    this.#source = source
    this.#sha = createHash('sha1').update(source).digest('hex')
  }

  async run(redis: CommandSender, keys: readonly [string, ...string[]], args: readonly string[]): Promise<unknown> {
    const [key] = keys
    const count = String(keys.length)
    try {
      return await redis.send(key, ['EVALSHA', this.#sha, count, ...keys, '0', ...args])
    } catch (error) {
      if (!isMissingScript(error)) throw error
      return await redis.send(key, ['EVAL', this.#source, count, ...keys, '1', ...args])
    }
  }
}

export function isMissingScript(error: unknown): boolean {
  return replyCode(error) === 'NOSCRIPT'
}
