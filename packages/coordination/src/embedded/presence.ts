import type { AccountId } from '@mtls-gateway/domain'
import { DeltaAnnouncer } from '../local/delta-announcer.ts'
import { liveMs } from '../local/rules.ts'
import type { Announcer, InstanceIdentity, Presence, ServedRevision } from '../port.ts'
import { AnnouncementTable } from './announcement-table.ts'
import type { RuntimeDatabase } from './runtime-database.ts'

/** An announcement from the future: the clock was set back, and running instances will announce themselves again. */
const live = 'announced_at > :now - :liveMs AND announced_at <= :now'

/** What the instances of one host announce, by its clock. */
export class EmbeddedPresence implements Presence {
  readonly #database: RuntimeDatabase

  constructor(database: RuntimeDatabase) {
    this.#database = database
  }

  announcer(identity: InstanceIdentity): Announcer {
    return new DeltaAnnouncer(new AnnouncementTable(this.#database, identity))
  }

  async live(): Promise<readonly InstanceIdentity[]> {
    const rows = this.#database.use((sql) =>
      sql(`SELECT * FROM presence WHERE ${live}`).all({ now: Date.now(), liveMs }),
    )
    return rows.map(identityOf)
  }

  async ofAccount(account: AccountId): Promise<readonly ServedRevision[]> {
    const rows = this.#database.use((sql) =>
      sql(
        `SELECT presence.*, revision, since, epoch FROM presence
         LEFT JOIN served_revision ON served_revision.instance = presence.instance AND account = :account
         LEFT JOIN presence_epoch ON presence_epoch.instance = presence.instance WHERE ${live}`,
      ).all({ account, now: Date.now(), liveMs }),
    )
    return rows.map((row) => ({
      ...identityOf(row),
      revision: row.revision === null ? undefined : Number(row.revision),
      since: row.since === null ? undefined : Number(row.since),
      epoch: row.epoch === null ? undefined : String(row.epoch),
    }))
  }
}

function identityOf(row: Record<string, unknown>): InstanceIdentity {
  return { instance: String(row.instance), service: String(row.service), startedAt: String(row.started_at) }
}
