import type { AccountId } from '@mtls-gateway/domain'
import { type CallKind, callsKeptMs, keptCalls, kindOf, kindsOf, oldestKeptId, readCall } from '../local/call-rules.ts'
import { slicesOf } from '../local/slices.ts'
import type { CallEntry, CallQuery, RecentCalls, RecordedCall } from '../port.ts'
import type { RedisLink } from './connection/redis-link.ts'
import { Script } from './connection/script.ts'
import { unavailable } from './connection/unavailable.ts'

/** Calls per script or reply, and concurrent scripts: some milliseconds of the server, so that no nonce waits long. */
const batch = 100
const atOnce = 20

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

/** Recent calls as two streams per account, which expire after its last calls. */
export class RedisRecentCalls implements RecentCalls {
  readonly #link: RedisLink
  readonly #keyPrefix: string
  readonly #hasRoom: () => boolean

  /** @param hasRoom false: nothing is recorded, as a Redis that is full takes no nonces */
  constructor(link: RedisLink, keyPrefix: string, hasRoom: () => boolean) {
    this.#link = link
    this.#keyPrefix = keyPrefix
    this.#hasRoom = hasRoom
  }

  async record(entries: readonly CallEntry[]): Promise<void> {
    if (!this.#hasRoom()) throw unavailable('nearly full')
    const parts = [...Map.groupBy(entries, ({ account }) => account)].flatMap(([account, all]) =>
      slicesOf(all, batch).map((slice) => ({ account, slice })),
    )
    for (const some of slicesOf(parts, atOnce)) {
      await Promise.all(some.map(({ account, slice }) => this.#recordOf(account, slice)))
    }
  }

  async of(account: AccountId, query: CallQuery): Promise<readonly RecordedCall[]> {
    const found = await Promise.all(kindsOf(query).map((kind) => this.#newest(account, kind, query)))
    return found
      .flat()
      .sort((a, b) => b.id - a.id)
      .slice(0, query.limit)
  }

  async #newest(account: AccountId, kind: CallKind, query: CallQuery): Promise<readonly RecordedCall[]> {
    const key = this.#keyOf(account, kind)
    const start = `${Math.max(query.after ?? 0, oldestKeptId()) + 1}-0`
    const found: RecordedCall[] = []
    for (let end = query.before === undefined ? '+' : `${query.before - 1}-0`; ; ) {
      const reply = await this.#link.send(key, ['XREVRANGE', key, end, start, 'COUNT', String(batch)])
      const entries = entriesOf(reply)
      for (const { id, json } of entries) {
        const read = readCall(id, json, query)
        if (read !== undefined) found.push(read)
      }
      const last = entries.at(-1)
      if (last === undefined || entries.length < batch || found.length >= query.limit) return found
      end = `${last.id - 1}-0`
    }
  }

  async #recordOf(account: AccountId, entries: readonly CallEntry[]): Promise<void> {
    const keys = [this.#keyOf(account, 'failure'), this.#keyOf(account, 'success')] as const
    const args = entries.flatMap(({ call }) => [kindOf(call), JSON.stringify(call)])
    await recordScript.run(this.#link, keys, args)
  }

  #keyOf(account: AccountId, kind: CallKind): string {
    return `${this.#keyPrefix}calls:{${account}}:${kind}`
  }
}

/** In RESP2: a list of [id, [field, value]]. */
function entriesOf(reply: unknown): { readonly id: number; readonly json: string }[] {
  if (!Array.isArray(reply)) return []
  return reply.map(([id, fields]) => ({ id: Number.parseInt(String(id), 10), json: String(fields?.[1]) }))
}
