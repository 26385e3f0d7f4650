import { parseAccountId } from '@mtls-gateway/domain'
import type { ChangeNotice } from '../../port.ts'
import type { CommandSender } from '../connection/redis-client.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import { Script } from '../connection/script.ts'

/** Entries that are kept; Redis may keep some more. */
const kept = 100_000
/** Entries that one read gets. */
const batch = 500

/**
 * Ids are `n-0`, with n one above the last one, so a hole shows that entries are missing. A new log, or one whose
 * server was restarted and may have lost its end, continues at the microseconds since 1970: after everything before,
 * with a hole.
 */
const appendScript = new Script(`
local last = redis.call('XREVRANGE', KEYS[1], '+', '-', 'COUNT', 1)[1]
local next = last and tonumber(string.match(last[1], '^%d+')) + 1
if not next or ARGV[1] == '1' then
  local time = redis.call('TIME')
  next = math.max((next or 0) + 1, time[1] * 1000000 + time[2])
end
redis.call('XADD', KEYS[1], 'MAXLEN', '~', ${kept}, string.format('%.0f-0', next), 'notice', ARGV[2])
`)

export interface StreamPage {
  /** Notices between the position and the first on the page are gone, or this is another log. */
  readonly gap: boolean
  readonly notices: readonly ChangeNotice[]
  /** Where to read on: the number of the last entry; 0 is before any log. */
  readonly end: number
}

/** The change notices in a Redis stream. */
export class NoticeStream {
  readonly #key: string

  constructor(key: string) {
    this.#key = key
  }

  /** Rejects like the sender. */
  async append(redis: CommandSender, notice: ChangeNotice): Promise<void> {
    await appendScript.run(redis, [this.#key], [JSON.stringify(notice)])
  }

  /** The number of the last entry; 0 if there is none. */
  async end(redis: CommandSender): Promise<number> {
    const [last] = entriesOf(await redis.send(this.#key, ['XREVRANGE', this.#key, '+', '-', 'COUNT', '1']))
    return last?.number ?? 0
  }

  /** Oldest first. Read from the end, so that it needs no other right than the rest. Rejects like the sender. */
  async all(redis: CommandSender): Promise<readonly ChangeNotice[]> {
    const newestFirst: ChangeNotice[] = []
    for (let end = '+'; ; ) {
      const page = await redis.send(this.#key, ['XREVRANGE', this.#key, end, '-', 'COUNT', String(batch)])
      const entries = entriesOf(page)
      newestFirst.push(...entries.flatMap(({ fields }) => parseNotice(fields) ?? []))
      const last = entries.at(-1)
      if (last === undefined) return newestFirst.reverse()
      end = `(${last.number}-0`
    }
  }

  /**
   * Waits up to `waitMs` for entries after the position. After a gap the page starts with the oldest entry, because its
   * revocations still count. Rejects with CodedError `COORDINATION_UNAVAILABLE`.
   */
  async readAfter(link: RedisLink, position: number, waitMs: number, deadlineMs: number): Promise<StreamPage> {
    const anew = (await this.end(link)) < position
    if (anew) return { gap: true, notices: [], end: 0 }
    const command = ['XREAD', 'COUNT', String(batch), 'BLOCK', String(waitMs), 'STREAMS', this.#key, `${position}-0`]
    const reply = await link.send(this.#key, command, waitMs + deadlineMs)
    const entries = entriesOf(Array.isArray(reply) && Array.isArray(reply[0]) ? reply[0][1] : [])
    const notices = entries.map(({ fields }) => parseNotice(fields))
    const readable = notices.filter((notice) => notice !== undefined)
    const first = entries[0]?.number ?? position + 1
    return {
      gap: (position !== 0 && first !== position + 1) || readable.length < notices.length,
      notices: readable,
      end: entries.at(-1)?.number ?? position,
    }
  }
}

interface StreamEntry {
  readonly number: number
  readonly fields: unknown
}

/** In RESP2: a list of [id, [field, value, ...]]. */
function entriesOf(reply: unknown): StreamEntry[] {
  if (!Array.isArray(reply)) return []
  return reply.map((entry) => ({ number: Number.parseInt(String(entry[0]), 10), fields: entry[1] }))
}

/** Undefined if something else has written to the stream. */
function parseNotice(fields: unknown): ChangeNotice | undefined {
  try {
    const { account, revision, revoked, epoch } = JSON.parse(Array.isArray(fields) ? String(fields[1]) : '')
    if (!Number.isSafeInteger(revision) || !Array.isArray(revoked)) return undefined
    const notice = { account: parseAccountId(account), revision, revoked: revoked.map(String) }
    return typeof epoch === 'string' ? { ...notice, epoch } : notice
  } catch {
    return undefined
  }
}
