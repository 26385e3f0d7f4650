import type { AccountId } from '@mtls-gateway/domain'
import {
  type CallKind,
  callsKeptMs,
  inParts,
  keptCalls,
  kindOf,
  kindsOf,
  oldestKeptId,
  readCall,
} from '../local/rules.ts'
import type { CallEntry, CallQuery, RecentCalls, RecordedCall } from '../port.ts'
import { type CommandSender, keyPrefix, Script, unavailable } from './connection/redis-client.ts'

/** Calls per script or reply: some milliseconds of the server, so that no nonce waits long. */
const batch = 100

/** KEYS: a stream of failures, one of successes, with ids in common. ARGV: -, kind, call, kind, call, and so on. */
const recordScript = new Script(`
local time = redis.call('TIME')
local next = time[1] * 1000000 + time[2]
for _, key in ipairs(KEYS) do
  local last = redis.call('XREVRANGE', key, '+', '-', 'COUNT', 1)[1]
  if last then next = math.max(next, tonumber(string.match(last[1], '^%d+')) + 1) end
end
for first = 2, #ARGV, 2 do
  local isSuccess = ARGV[first] == 'success'
  local key = isSuccess and KEYS[2] or KEYS[1]
  local kept = isSuccess and ${keptCalls.success} or ${keptCalls.failure}
  redis.call('XADD', key, 'MAXLEN', kept, string.format('%.0f-0', next), 'call', ARGV[first + 1])
  redis.call('PEXPIRE', key, ${callsKeptMs})
  next = next + 1
end
`)

/**
 * KEYS: streams; ARGV: -, the greatest id, the smallest one. Answers the newest calls of each: as they are at one
 * moment, because a call that is recorded between two reads would be passed over by whoever goes on after a newer one.
 */
const readScript = new Script(`
local pages = {}
for index, key in ipairs(KEYS) do
  pages[index] = redis.call('XREVRANGE', key, ARGV[2], ARGV[3], 'COUNT', ${batch})
end
return pages
`)

/** Recent calls as two streams per account, which expire after its last calls. */
export class RedisRecentCalls implements RecentCalls {
  readonly #link: CommandSender
  readonly #hasRoom: () => boolean

  /** @param hasRoom false: nothing is recorded, as a Redis that is full takes no nonces */
  constructor(link: CommandSender, hasRoom: () => boolean) {
    this.#link = link
    this.#hasRoom = hasRoom
  }

  async record(entries: readonly CallEntry[]): Promise<void> {
    if (!this.#hasRoom()) throw unavailable('nearly full')
    await inParts(entries, batch, (account, slice) => this.#recordOf(account, slice))
  }

  async of(account: AccountId, query: CallQuery): Promise<readonly RecordedCall[]> {
    const keys = kindsOf(query).map((kind) => this.#keyOf(account, kind))
    const start = `${Math.max(query.after ?? 0, oldestKeptId()) + 1}-0`
    const end = query.before === undefined ? '+' : `${query.before - 1}-0`
    const pages = await this.#pages(keys, end, start)
    const found = await Promise.all(keys.map((key, index) => this.#newest(key, pages[index] ?? [], start, query)))
    return found
      .flat()
      .sort((a, b) => b.id - a.id)
      .slice(0, query.limit)
  }

  /** Those of a page that fit, and further ones while these are too few. */
  async #newest(
    key: string,
    page: readonly Entry[],
    start: string,
    query: CallQuery,
  ): Promise<readonly RecordedCall[]> {
    const found: RecordedCall[] = []
    for (let entries = page; ; ) {
      for (const { id, json } of entries) {
        const read = readCall(id, json, query)
        if (read !== undefined) found.push(read)
      }
      const last = entries.at(-1)
      if (last === undefined || entries.length < batch || found.length >= query.limit) return found
      const [next = []] = await this.#pages([key], `${last.id - 1}-0`, start)
      entries = next
    }
  }

  async #pages(keys: readonly string[], end: string, start: string): Promise<readonly (readonly Entry[])[]> {
    const [first, ...others] = keys
    if (first === undefined) return []
    const reply = await readScript.run(this.#link, [first, ...others], [end, start])
    return Array.isArray(reply) ? reply.map(entriesOf) : []
  }

  async #recordOf(account: AccountId, entries: readonly CallEntry[]): Promise<void> {
    const keys = [this.#keyOf(account, 'failure'), this.#keyOf(account, 'success')] as const
    const args = entries.flatMap(({ call }) => [kindOf(call), JSON.stringify(call)])
    await recordScript.run(this.#link, keys, args)
  }

  #keyOf(account: AccountId, kind: CallKind): string {
    return `${keyPrefix}calls:{${account}}:${kind}`
  }
}

interface Entry {
  readonly id: number
  readonly json: string
}

/** In RESP2: a list of [id, [field, value]]. */
function entriesOf(reply: unknown): readonly Entry[] {
  if (!Array.isArray(reply)) return []
  return reply.map(([id, fields]) => ({ id: Number.parseInt(String(id), 10), json: String(fields?.[1]) }))
}
