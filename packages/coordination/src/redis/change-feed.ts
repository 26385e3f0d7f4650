import { parseAccountId } from '@mtls-gateway/domain'
import type { ChangeFeed, ChangeFeedListener, ChangeNotice, RecentNotices } from '../port.ts'
import { type CommandSender, keyPrefix, Script, unavailable } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

interface RedisChangeFeedOptions {
  /** For appending. */
  readonly link: RedisLink
  /** For a follower, not started yet. */
  readonly newLink: () => RedisLink
  readonly deadlineMs: number
  readonly gapAfterMs: number
}

/** The notice stream, with its followers in this process. */
export class RedisChangeFeed implements ChangeFeed, RecentNotices {
  readonly #options: RedisChangeFeedOptions
  readonly #followers = new Set<StreamFollower>()

  constructor(options: RedisChangeFeedOptions) {
    this.#options = options
  }

  /**
   * Rejects with `COORDINATION_UNAVAILABLE`; the notice may have been appended nevertheless.
   */
  append(notice: ChangeNotice): Promise<void> {
    return append(this.#options.link, notice)
  }

  recent(): Promise<readonly ChangeNotice[]> {
    return readAll(this.#options.link)
  }

  /** Rejects with `COORDINATION_UNAVAILABLE` while Redis is down. Later outages are reported as gaps. */
  async follow(listener: ChangeFeedListener): Promise<{ stop(): Promise<void> }> {
    const { link, newLink, deadlineMs, gapAfterMs } = this.#options
    if (link.isClosed) throw unavailable(link.reason)
    const follower = new StreamFollower({ link: newLink(), listener, deadlineMs, gapAfterMs })
    this.#followers.add(follower)
    const stop = async (): Promise<void> => {
      follower.stop()
      this.#followers.delete(follower)
    }
    try {
      await follower.start()
    } catch (error) {
      await stop()
      throw error
    }
    return { stop }
  }

  close(): void {
    for (const follower of this.#followers) follower.stop()
    this.#followers.clear()
  }
}

/**
 * How long one read blocks. Each read also checks whether the log is a new one, which a blocked read does not notice.
 */
const waitMs = 1_000

interface StreamFollowerOptions {
  /** This follower's own, because its reads block. */
  readonly link: RedisLink
  readonly listener: ChangeFeedListener
  readonly deadlineMs: number
  /** This long without a successful read is a gap. */
  readonly gapAfterMs: number
}

/** Reads the stream for one listener. Errors of a listener become uncaught exceptions, and no notice is repeated. */
class StreamFollower {
  readonly #options: StreamFollowerOptions
  readonly #silence: NodeJS.Timeout
  #position = 0
  #lastReadAt = performance.now()
  /** The listener knows of the gap of failed reads, but not of its end. */
  #cutOff = false
  #stopped = false

  constructor(options: StreamFollowerOptions) {
    this.#options = options
    this.#silence = setTimeout(() => this.#fallSilent(), options.gapAfterMs)
    this.#silence.unref()
  }

  /** Resolves when no later notice can be missed. Rejects with `COORDINATION_UNAVAILABLE`, and is stopped then. */
  async start(): Promise<void> {
    const { link } = this.#options
    try {
      if (!(await link.start())) throw unavailable(link.reason)
      this.#position = await lastNumber(link)
      this.#readAt()
    } catch (error) {
      this.stop()
      throw error
    }
    void this.#follow()
  }

  stop(): void {
    this.#stopped = true
    clearTimeout(this.#silence)
    this.#options.link.close()
  }

  async #follow(): Promise<void> {
    const { link, deadlineMs } = this.#options
    while (!this.#stopped) {
      try {
        this.#take(await readAfter(link, this.#position, waitMs, deadlineMs))
      } catch {
        await link.untilUp()
      }
    }
  }

  #take(page: StreamPage): void {
    if (this.#stopped) return
    const silent = this.#cutOff || performance.now() - this.#lastReadAt >= this.#options.gapAfterMs
    this.#cutOff = false
    this.#readAt()
    this.#position = page.end
    if (silent || page.gap) this.#tell((listener) => listener.onGap())
    for (const notice of page.notices) this.#notify(notice)
  }

  #notify(notice: ChangeNotice): void {
    if (!this.#stopped) this.#tell((listener) => listener.onNotice(notice))
  }

  #readAt(): void {
    this.#lastReadAt = performance.now()
    // `refresh` would restart a stopped timer.
    if (!this.#stopped) this.#silence.refresh()
  }

  #fallSilent(): void {
    if (this.#stopped) return
    this.#cutOff = true
    this.#tell((listener) => listener.onGap())
  }

  #tell(what: (listener: ChangeFeedListener) => void): void {
    try {
      what(this.#options.listener)
    } catch (error) {
      // Thrown here, it is visible and does not keep the listener from later notices.
      setImmediate(() => {
        throw error
      })
    }
  }
}

/** The change notices: a stream. */
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

interface StreamPage {
  /** Notices between the position and the first on the page are gone, or this is another log. */
  readonly gap: boolean
  readonly notices: readonly ChangeNotice[]
  /** Where to read on: the number of the last entry; 0 is before any log. */
  readonly end: number
}

/** Rejects like the sender. */
async function append(redis: CommandSender, notice: ChangeNotice): Promise<void> {
  await appendScript.run(redis, [streamKey], [JSON.stringify(notice)])
}

/** The number of the last entry; 0 if there is none. */
async function lastNumber(redis: CommandSender): Promise<number> {
  const [last] = entriesOf(await redis.send(streamKey, ['XREVRANGE', streamKey, '+', '-', 'COUNT', '1']))
  return last?.number ?? 0
}

/** Oldest first. Read from the end, so that it needs no other right than the rest. Rejects like the sender. */
async function readAll(redis: CommandSender): Promise<readonly ChangeNotice[]> {
  const newestFirst: ChangeNotice[] = []
  for (let end = '+'; ; ) {
    const page = await redis.send(streamKey, ['XREVRANGE', streamKey, end, '-', 'COUNT', String(batch)])
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
async function readAfter(link: RedisLink, position: number, waitMs: number, deadlineMs: number): Promise<StreamPage> {
  const anew = (await lastNumber(link)) < position
  if (anew) return { gap: true, notices: [], end: 0 }
  const command = ['XREAD', 'COUNT', String(batch), 'BLOCK', String(waitMs), 'STREAMS', streamKey, `${position}-0`]
  const reply = await link.send(streamKey, command, waitMs + deadlineMs)
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
