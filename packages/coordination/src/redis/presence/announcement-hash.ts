import type { AnnouncementPlace, RevisionDelta } from '../../local/delta-announcer.ts'
import { liveMs } from '../../local/rules.ts'
import type { InstanceIdentity, ServedRevision } from '../../port.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import { Script } from '../connection/script.ts'
import { unavailable } from '../connection/unavailable.ts'
import type { PresenceKeys } from './presence-keys.ts'

/** No account id has a colon. */
export const identityFields = [':service', ':startedAt'] as const
const tokenField = ':token'
/** Empty if the instance does not know it. */
export const epochField = ':epoch'

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
export class AnnouncementHash implements AnnouncementPlace {
  readonly #link: RedisLink
  readonly #keys: PresenceKeys
  readonly #identity: InstanceIdentity

  constructor(link: RedisLink, keys: PresenceKeys, identity: InstanceIdentity) {
    this.#link = link
    this.#keys = keys
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
    return (await changeScript.run(this.#link, [this.#keys.list, this.#keys.announcement(instance)], args)) === 1
  }

  /** Written to a draft in parts, so that no other request waits long for Redis, and readers never see a part. */
  async replace(revisions: RevisionDelta['set'], epoch: string | undefined, next: string): Promise<void> {
    const { instance, service, startedAt } = this.#identity
    const draft = this.#keys.draft(instance)
    const [serviceField, startedAtField] = identityFields
    const head = ['1', tokenField, next, serviceField, service, startedAtField, startedAt, epochField, epoch ?? '']
    await draftScript.run(this.#link, [draft], head)
    for (let start = 0; start < revisions.length; start += batch) {
      await draftScript.run(this.#link, [draft], ['0', ...wordsOf(revisions.slice(start, start + batch))])
    }
    const keys = [this.#keys.list, this.#keys.announcement(instance), draft] as const
    if ((await publishScript.run(this.#link, keys, [instance])) !== 1) throw unavailable('draft lost')
  }
}

function wordsOf(revisions: RevisionDelta['set']): string[] {
  return revisions.flatMap(({ account, revision, since }) => [account, `${revision} ${since}`])
}

/** Parses the field of an account, which is null if there is none. */
export function readAnnounced(field: unknown): Pick<ServedRevision, 'revision' | 'since'> {
  if (typeof field !== 'string') return { revision: undefined, since: undefined }
  const [revision, since] = field.split(' ').map(Number)
  return { revision, since }
}
