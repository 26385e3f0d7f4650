import { createHash } from 'node:crypto'
import type { CommandSender } from './redis-client.ts'
import { replyCode } from './unavailable.ts'

/**
 * A Lua script, run in one round trip by its hash. ARGV[1] is `1` when this server did not know it: it has been started
 * since the script ran last, or has taken over from another one. Redis keeps scripts in memory alone, neither on disk
 * nor on replicas, and here nothing but a run with `1` brings them there.
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
