import { type AccountId, CodedError } from '@mtls-gateway/domain'
import { type AnnouncementPlace, DeltaAnnouncer, type RevisionDelta } from '../local/delta-announcer.ts'
import { liveMs } from '../local/rules.ts'
import type { Announcer, InstanceIdentity, Presence, ServedRevision } from '../port.ts'
import { type CommandSender, keyPrefix, Script, unavailable } from './connection/redis-client.ts'
import type { RedisLink } from './connection/redis-link.ts'

/** All announcements are in one slot of a cluster. */
const prefix = `${keyPrefix}{presence}:`
/** The millisecond since which instances announce themselves here. */
const epochKey = `${prefix}epoch`
/** A sorted set of the instances by the millisecond until which they are live. */
const listKey = `${prefix}live`
/** A hash: the identity and token of the instance, the revision of each account. */
const announcementKey = (instance: string): string => `${prefix}of:${instance}`
/** What becomes the announcement when it is complete. */
const draftKey = (instance: string): string => `${prefix}draft:${instance}`

/** What instances announce, by the clock of Redis. */
export class RedisPresence implements Presence {
  readonly #link: RedisLink

  constructor(link: RedisLink) {
    this.#link = link
  }

  announcer(identity: InstanceIdentity): Announcer {
    return new DeltaAnnouncer(new AnnouncementHash(this.#link, identity))
  }

  /** Reads the needed fields of each hash, all in one round trip. */
  async ofAccount(account: AccountId): Promise<readonly ServedRevision[]> {
    const instances = await liveInstances(this.#link)
    const found = await Promise.all(
      instances.map(async (instance) => {
        const key = announcementKey(instance)
        const reply = await this.#link.send(key, ['HMGET', key, ...identityFields, account, epochField])
        const [service, startedAt, revision, epoch] = Array.isArray(reply) ? reply : []
        // It has ended in the meantime.
        if (typeof service !== 'string' || typeof startedAt !== 'string') return undefined
        const known = typeof epoch === 'string' && epoch !== '' ? epoch : undefined
        return { instance, service, startedAt, ...readAnnounced(revision), epoch: known }
      }),
    )
    return found.filter((one) => one !== undefined)
  }
}

/** No account id has a colon. */
const identityFields = [':service', ':startedAt'] as const
const tokenField = ':token'
/** Empty if the instance does not know it. */
const epochField = ':epoch'

/** Accounts per script: a millisecond of the server, and far below what Lua can unpack. */
const batch = 1_000

/** Shared by the two scripts that make an instance live. KEYS: list, hash. ARGV[2]: the instance. */
const enlist = `
redis.call('PEXPIRE', KEYS[2], ${liveMs})
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
redis.call('ZADD', KEYS[1], now + ${liveMs}, ARGV[2])
redis.call('PEXPIRE', KEYS[1], ${liveMs})
return 1
`

/**
 * ARGV: -, instance, the expected token, the next token, the number of words of fields to set, these words, fields to
 * remove.
 */
const changeScript = new Script(`
if redis.call('HGET', KEYS[2], '${tokenField}') ~= ARGV[3] then
  return 0
end
local setEnd = 5 + tonumber(ARGV[5])
redis.call('HSET', KEYS[2], '${tokenField}', ARGV[4], unpack(ARGV, 6, setEnd))
if setEnd < #ARGV then
  redis.call('HDEL', KEYS[2], unpack(ARGV, setEnd + 1))
end
${enlist}`)

/** KEYS: draft. ARGV: -, 1 if it is the first part, fields to set. */
const draftScript = new Script(`
if ARGV[2] == '1' then
  redis.call('DEL', KEYS[1])
end
redis.call('HSET', KEYS[1], unpack(ARGV, 3))
redis.call('PEXPIRE', KEYS[1], ${liveMs})
`)

/** KEYS: list, hash, draft. */
const publishScript = new Script(`
if redis.call('EXISTS', KEYS[3]) == 0 then
  return 0
end
redis.call('RENAME', KEYS[3], KEYS[2])
${enlist}`)

/** The announcement of one instance as a hash, which expires unless it is renewed. */
class AnnouncementHash implements AnnouncementPlace {
  readonly #link: RedisLink
  readonly #identity: InstanceIdentity

  constructor(link: RedisLink, identity: InstanceIdentity) {
    this.#link = link
    this.#identity = identity
  }

  async change(
    { set, removed }: RevisionDelta,
    epoch: string | undefined,
    last: string,
    next: string,
  ): Promise<boolean> {
    if (set.length + removed.length > batch) return false
    const { instance } = this.#identity
    const fields = [epochField, epoch ?? '', ...wordsOf(set)]
    const args = [instance, last, next, String(fields.length), ...fields, ...removed]
    return (await changeScript.run(this.#link, [listKey, announcementKey(instance)], args)) === 1
  }

  /** Written to a draft in parts, so that no other request waits long for Redis, and readers never see a part. */
  async replace(revisions: RevisionDelta['set'], epoch: string | undefined, next: string): Promise<void> {
    const { instance, service, startedAt } = this.#identity
    const draft = draftKey(instance)
    const [serviceField, startedAtField] = identityFields
    const head = ['1', tokenField, next, serviceField, service, startedAtField, startedAt, epochField, epoch ?? '']
    await draftScript.run(this.#link, [draft], head)
    for (let start = 0; start < revisions.length; start += batch) {
      await draftScript.run(this.#link, [draft], ['0', ...wordsOf(revisions.slice(start, start + batch))])
    }
    const keys = [listKey, announcementKey(instance), draft] as const
    if ((await publishScript.run(this.#link, keys, [instance])) !== 1) throw unavailable('draft lost')
  }
}

function wordsOf(revisions: RevisionDelta['set']): string[] {
  return revisions.flatMap(({ account, revision, since }) => [account, `${revision} ${since}`])
}

/** Parses the field of an account, which is null if there is none. */
function readAnnounced(field: unknown): Pick<ServedRevision, 'revision' | 'since'> {
  if (typeof field !== 'string') return { revision: undefined, since: undefined }
  const [revision, since] = field.split(' ').map(Number)
  return { revision, since }
}

/**
 * The epoch is the millisecond since which instances announce themselves here. It is set to now if the server did not
 * know the script (ARGV[1]), because it has been restarted or has taken over. Run on each new connection, before any
 * other use.
 */
const beginScript = new Script(`
local time = redis.call('TIME')
if ARGV[1] == '1' or not redis.call('GET', KEYS[1]) then
  redis.call('SET', KEYS[1], time[1] * 1000 + math.floor(time[2] / 1000))
end
`)

/** KEYS: epoch, list. Answers the live instances, or the milliseconds until they can be known. */
const liveScript = new Script(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local epoch = tonumber(redis.call('GET', KEYS[1]))
if not epoch or epoch > now then
  epoch = now
  redis.call('SET', KEYS[1], now)
end
if now - epoch < ${liveMs} then
  return epoch + ${liveMs} - now
end
return redis.call('ZRANGE', KEYS[2], '(' .. now, now + ${liveMs}, 'BYSCORE')
`)

/** Must be the first command on a new connection. */
export async function beginPresence(redis: CommandSender): Promise<void> {
  await beginScript.run(redis, [epochKey], [])
}

/** Rejects with CodedError `COORDINATION_UNAVAILABLE`. */
async function liveInstances(redis: CommandSender): Promise<readonly string[]> {
  const reply = await liveScript.run(redis, [epochKey, listKey], [])
  if (Array.isArray(reply)) return reply.map(String)
  throw new CodedError(
    'COORDINATION_UNAVAILABLE',
    'Redis has just started or lost its data, and the running instances may not have announced themselves again. Repeat the request in a few seconds.',
    { retryAfterSeconds: Math.ceil(Number(reply) / 1_000) },
  )
}
