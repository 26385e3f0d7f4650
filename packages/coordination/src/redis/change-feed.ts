import { parseAccountId } from '@mtls-gateway/domain'
import { Followers, type LogPage } from '../local/followers.ts'
import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../port.ts'
import {
  type CommandSender,
  keyPrefix,
  Script,
  type StreamEntry,
  streamEntries,
  unavailable,
} from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

interface RedisChangeFeedOptions {
  /** For appending. */
  readonly link: RedisLink
  /** For a follower, not started yet. */
  readonly newLink: () => RedisLink
  /** This long without a successful read is a gap. */
  readonly gapAfterMs: number
}

/** The notice stream, with its followers in this process. */
export class RedisChangeFeed implements ChangeFeed, RecentNotices {
  readonly #options: RedisChangeFeedOptions
  readonly #followers: Followers

  constructor(options: RedisChangeFeedOptions) {
    this.#options = options
    this.#followers = new Followers(options.gapAfterMs)
  }

  /**
   * Rejects with `COORDINATION_UNAVAILABLE`; the notice may have been appended nevertheless.
   */
  async append(notice: ChangeNotice): Promise<void> {
    await appendScript.run(this.#options.link, [streamKey], [JSON.stringify(notice)])
  }

  /** Read from the end, so that it needs no other right than the rest. */
  async recent(): Promise<readonly ChangeNotice[]> {
    const newestFirst: ChangeNotice[] = []
    for (let end = '+'; ; ) {
      const command = ['XREVRANGE', streamKey, end, '-', 'COUNT', String(batch)]
      const entries = streamEntries(await this.#options.link.send(streamKey, command))
      newestFirst.push(...entries.flatMap((entry) => parseNotice(entry) ?? []))
      const last = entries.at(-1)
      if (last === undefined) return newestFirst.reverse()
      end = `(${last.number}-0`
    }
  }

  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const { link, newLink } = this.#options
    if (link.isClosed) throw unavailable(link.reason)
    // Its own, because its reads block.
    const own = newLink()
    const started = own.start()
    return this.#followers.follow(
      {
        end: async () => {
          await started
          return lastNumber(own)
        },
        readAfter: (position) => readAfter(own, position),
        untilReadable: () => own.untilUp(),
        close: () => own.close(),
      },
      listener,
    )
  }

  close(): void {
    this.#followers.close()
  }
}

/**
 * How long one read blocks. Each read also checks whether the log is a new one, which a blocked read does not notice.
 */
const waitMs = 1_000

const streamKey = `${keyPrefix}notices`
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

/** The number of the last entry; 0 if there is none. */
async function lastNumber(redis: CommandSender): Promise<number> {
  const [last] = streamEntries(await redis.send(streamKey, ['XREVRANGE', streamKey, '+', '-', 'COUNT', '1']))
  return last?.number ?? 0
}

/** Rejects with CodedError `COORDINATION_UNAVAILABLE`. */
async function readAfter(link: RedisLink, position: number): Promise<LogPage> {
  const anew = (await lastNumber(link)) < position
  if (anew) return { gap: true, notices: [], end: 0 }
  const command = ['XREAD', 'COUNT', String(batch), 'BLOCK', String(waitMs), 'STREAMS', streamKey, `${position}-0`]
  const reply = await link.send(streamKey, command, waitMs)
  const entries = streamEntries(Array.isArray(reply) && Array.isArray(reply[0]) ? reply[0][1] : [])
  const notices = entries.map(parseNotice)
  const readable = notices.filter((notice) => notice !== undefined)
  const first = entries[0]?.number ?? position + 1
  return {
    gap: (position !== 0 && first !== position + 1) || readable.length < notices.length,
    notices: readable,
    end: entries.at(-1)?.number ?? position,
  }
}

/** Undefined if something else has written to the stream. */
function parseNotice({ value }: StreamEntry): ChangeNotice | undefined {
  try {
    const { account, revision, revoked, epoch } = JSON.parse(value)
    if (!Number.isSafeInteger(revision) || !Array.isArray(revoked)) return undefined
    const notice = { account: parseAccountId(account), revision, revoked: revoked.map(String) }
    return typeof epoch === 'string' ? { ...notice, epoch } : notice
  } catch {
    return undefined
  }
}
