import type { AccountId } from '@mtls-gateway/domain'
import { DeltaAnnouncer } from '../../local/delta-announcer.ts'
import type { Announcer, InstanceIdentity, Presence, ServedRevision } from '../../port.ts'
import type { RedisLink } from '../connection/redis-link.ts'
import { AnnouncementHash, epochField, identityFields, readAnnounced } from './announcement-hash.ts'
import type { PresenceKeys } from './presence-keys.ts'
import { liveInstances } from './presence-list.ts'

/** What instances announce, by the clock of Redis. */
export class RedisPresence implements Presence {
  readonly #link: RedisLink
  readonly #keys: PresenceKeys

  constructor(link: RedisLink, keys: PresenceKeys) {
    this.#link = link
    this.#keys = keys
  }

  announcer(identity: InstanceIdentity): Announcer {
    return new DeltaAnnouncer(new AnnouncementHash(this.#link, this.#keys, identity))
  }

  live(): Promise<readonly InstanceIdentity[]> {
    return this.#read([], (identity) => identity)
  }

  ofAccount(account: AccountId): Promise<readonly ServedRevision[]> {
    return this.#read([account, epochField], (identity, [field, epoch]) => ({
      ...identity,
      ...readAnnounced(field),
      epoch: typeof epoch === 'string' && epoch !== '' ? epoch : undefined,
    }))
  }

  /** Reads the needed fields of each hash, all in one round trip. */
  async #read<T>(
    more: readonly string[],
    view: (identity: InstanceIdentity, fields: readonly unknown[]) => T,
  ): Promise<readonly T[]> {
    const instances = await liveInstances(this.#link, this.#keys)
    const found = await Promise.all(
      instances.map(async (instance) => {
        const key = this.#keys.announcement(instance)
        const reply = await this.#link.send(key, ['HMGET', key, ...identityFields, ...more])
        const [service, startedAt, ...fields] = Array.isArray(reply) ? reply : []
        // It has ended in the meantime.
        if (typeof service !== 'string' || typeof startedAt !== 'string') return undefined
        return view({ instance, service, startedAt }, fields)
      }),
    )
    return found.filter((one) => one !== undefined)
  }
}
