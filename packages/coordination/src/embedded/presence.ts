import type { AccountId } from '@mtls-gateway/domain'
import { type AnnouncementPlace, DeltaAnnouncer, type RevisionDelta } from '../local/delta-announcer.ts'
import { liveMs } from '../local/rules.ts'
import type { Announcer, InstanceIdentity, Presence, ServedRevision } from '../port.ts'
import type { RuntimeDatabase, Statements } from './runtime-database.ts'

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

export const presenceSchema = `
  CREATE TABLE IF NOT EXISTS presence_epoch (instance TEXT PRIMARY KEY, epoch TEXT NOT NULL) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS presence (
    instance TEXT PRIMARY KEY, service TEXT NOT NULL, started_at TEXT NOT NULL, token TEXT NOT NULL, announced_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE IF NOT EXISTS served_revision (
    instance TEXT NOT NULL, account TEXT NOT NULL, revision INTEGER NOT NULL, since INTEGER NOT NULL,
    PRIMARY KEY (instance, account)
  ) WITHOUT ROWID;
`

/** One instance's announcement in `runtime.db`, each step one transaction: 10,000 accounts take some 20 ms, once. */
class AnnouncementTable implements AnnouncementPlace {
  readonly #database: RuntimeDatabase
  readonly #identity: InstanceIdentity

  constructor(database: RuntimeDatabase, identity: InstanceIdentity) {
    this.#database = database
    this.#identity = identity
  }

  async change(
    { set, removed }: RevisionDelta,
    epoch: string | undefined,
    last: string,
    next: string,
  ): Promise<boolean> {
    const { instance } = this.#identity
    return this.#database.transaction((sql) => {
      const { changes } = sql('UPDATE presence SET token = ?, announced_at = ? WHERE instance = ? AND token = ?').run(
        next,
        Date.now(),
        instance,
        last,
      )
      if (changes === 0) return false
      this.#setEpoch(sql, epoch)
      this.#set(sql, set)
      for (const account of removed) {
        sql('DELETE FROM served_revision WHERE instance = ? AND account = ?').run(instance, account)
      }
      forgetGone(sql)
      return true
    })
  }

  async replace(revisions: RevisionDelta['set'], epoch: string | undefined, next: string): Promise<void> {
    const { instance, service, startedAt } = this.#identity
    this.#database.transaction((sql) => {
      const columns = 'instance, service, started_at, token, announced_at'
      const insert = sql(`INSERT OR REPLACE INTO presence (${columns}) VALUES (?, ?, ?, ?, ?)`)
      insert.run(instance, service, startedAt, next, Date.now())
      this.#setEpoch(sql, epoch)
      sql('DELETE FROM served_revision WHERE instance = ?').run(instance)
      this.#set(sql, revisions)
      forgetGone(sql)
    })
  }

  #setEpoch(sql: Statements, epoch: string | undefined): void {
    const { instance } = this.#identity
    if (epoch === undefined) sql('DELETE FROM presence_epoch WHERE instance = ?').run(instance)
    else sql('INSERT OR REPLACE INTO presence_epoch (instance, epoch) VALUES (?, ?)').run(instance, epoch)
  }

  #set(sql: Statements, revisions: RevisionDelta['set']): void {
    const statement = sql(
      'INSERT OR REPLACE INTO served_revision (instance, account, revision, since) VALUES (?, ?, ?, ?)',
    )
    for (const { account, revision, since } of revisions) {
      statement.run(this.#identity.instance, account, revision, since)
    }
  }
}

function forgetGone(sql: Statements): void {
  const { changes } = sql('DELETE FROM presence WHERE announced_at <= ?').run(Date.now() - liveMs)
  if (changes === 0) return
  sql('DELETE FROM served_revision WHERE instance NOT IN (SELECT instance FROM presence)').run()
  sql('DELETE FROM presence_epoch WHERE instance NOT IN (SELECT instance FROM presence)').run()
}
