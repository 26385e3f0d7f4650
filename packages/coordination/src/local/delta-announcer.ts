import { randomUUID } from 'node:crypto'
import type { AccountId } from '@mtls-gateway/domain'
import type { Announcer } from '../port.ts'

export type Revisions = ReadonlyMap<AccountId, number>

/** What is announced about an account. */
interface AnnouncedRevision {
  readonly account: AccountId
  readonly revision: number
  /** When it was first announced, in milliseconds since 1970. */
  readonly since: number
}

/** The difference between two announcements. `set` and `removed` name no account twice. */
export interface RevisionDelta {
  readonly set: readonly AnnouncedRevision[]
  readonly removed: readonly AccountId[]
}

/**
 * Where an instance's announcement is kept, with a token that changes every time. It shows whether the backend has lost
 * the last announcement or returned to an earlier one.
 */
export interface AnnouncementPlace {
  /** False if the stored announcement does not have the token `last`; nothing is changed then. */
  change(delta: RevisionDelta, epoch: string | undefined, last: string, next: string): Promise<boolean>
  /** Readers never see a part of it. */
  replace(revisions: RevisionDelta['set'], epoch: string | undefined, next: string): Promise<void>
}

/** Remembers the last announcement and sends only the changes. Comparing 10,000 accounts takes about 1 ms. */
export class DeltaAnnouncer implements Announcer {
  readonly #place: AnnouncementPlace
  readonly #announced = new Map<AccountId, AnnouncedRevision>()
  /** The last announcement's token; undefined if it is not known to be there. */
  #token: string | undefined
  #last: Promise<void> = Promise.resolve()

  constructor(place: AnnouncementPlace) {
    this.#place = place
  }

  announce(revisions: Revisions, epoch?: string): Promise<void> {
    const announcing = this.#last.then(() => this.#announce(revisions, epoch))
    this.#last = announcing.catch(() => undefined)
    return announcing
  }

  async #announce(revisions: Revisions, epoch: string | undefined): Promise<void> {
    const last = this.#token
    const next = randomUUID()
    this.#token = undefined
    const delta = this.#advance(revisions)
    if (last === undefined || !(await this.#place.change(delta, epoch, last, next))) {
      await this.#place.replace([...this.#announced.values()], epoch, next)
    }
    this.#token = next
  }

  /** Before the first `await`: the map may change while it is being sent. */
  #advance(revisions: Revisions): RevisionDelta {
    const set: AnnouncedRevision[] = []
    const since = Date.now()
    for (const [account, revision] of revisions) {
      if (this.#announced.get(account)?.revision === revision) continue
      const announced = { account, revision, since }
      this.#announced.set(account, announced)
      set.push(announced)
    }
    const removed = this.#announced.size === revisions.size ? [] : this.#missingIn(revisions)
    for (const account of removed) this.#announced.delete(account)
    return { set, removed }
  }

  #missingIn(revisions: Revisions): AccountId[] {
    return [...this.#announced.keys()].filter((account) => !revisions.has(account))
  }
}
