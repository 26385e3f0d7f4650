import type { AccountId, MappingId } from '@mtls-gateway/domain'
import type { OutcomeEntry } from '../port.ts'

/** What happened to a mapping since it was last told of; when, by `performance.now()`. */
interface Pending {
  readonly account: AccountId
  readonly mappingId: MappingId
  succeededAt: number | undefined
  failedAt: number | undefined
  code: string | undefined
  failuresInARow: number
  /** A success would be news: its last call had failed when it was last told of, or nothing was told of it lately. */
  awaitsSuccess: boolean
  isUrgent: boolean
}

/**
 * How the last calls of mappings went. What is kept of a mapping stays from one time to the next, so that a call costs
 * two look-ups and no garbage.
 */
export class PendingOutcomes {
  readonly #ofAccounts = new Map<AccountId, Map<MappingId, Pending>>()
  readonly #maxMappings: number
  #mappings = 0
  /** Those of which there is news: few, so that looking for them often costs little. */
  #urgent: Pending[] = []

  /** @param maxMappings further ones are not watched */
  constructor(maxMappings: number) {
    this.#maxMappings = maxMappings
  }

  /** @param at by `performance.now()` */
  succeeded(account: AccountId, mapping: MappingId, at: number): void {
    const pending = this.#of(account, mapping)
    if (pending === undefined) return
    pending.succeededAt = at
    pending.failuresInARow = 0
    if (pending.awaitsSuccess) this.#hurry(pending)
  }

  /** @param at by `performance.now()` */
  failed(account: AccountId, mapping: MappingId, at: number, code: string | undefined): void {
    const pending = this.#of(account, mapping)
    if (pending === undefined) return
    pending.failedAt = at
    pending.code = code
    pending.failuresInARow++
    this.#hurry(pending)
  }

  /**
   * What is new of mappings that fail, have failed before, or had no calls lately. Nobody is told of it again.
   * @param epoch what `performance.now()` counts from, in milliseconds since 1970
   */
  takeUrgent(epoch: number): readonly OutcomeEntry[] {
    const urgent = this.#urgent
    this.#urgent = []
    return urgent.map((pending) => taken(pending, epoch))
  }

  /**
   * Everything that is new. Mappings of which nothing is are forgotten.
   * @param epoch what `performance.now()` counts from, in milliseconds since 1970
   */
  takeAll(epoch: number): readonly OutcomeEntry[] {
    const entries: OutcomeEntry[] = []
    this.#urgent = []
    for (const [account, mappings] of this.#ofAccounts) {
      for (const [mappingId, pending] of mappings) {
        if (pending.succeededAt !== undefined || pending.failedAt !== undefined) {
          entries.push(taken(pending, epoch))
        } else {
          mappings.delete(mappingId)
          this.#mappings--
        }
      }
      if (mappings.size === 0) this.#ofAccounts.delete(account)
    }
    return entries
  }

  #hurry(pending: Pending): void {
    if (pending.isUrgent) return
    pending.isUrgent = true
    this.#urgent.push(pending)
  }

  #of(account: AccountId, mappingId: MappingId): Pending | undefined {
    let mappings = this.#ofAccounts.get(account)
    const known = mappings?.get(mappingId)
    if (known !== undefined) return known
    if (this.#mappings >= this.#maxMappings) return undefined
    if (mappings === undefined) {
      mappings = new Map()
      this.#ofAccounts.set(account, mappings)
    }
    const pending: Pending = {
      account,
      mappingId,
      succeededAt: undefined,
      failedAt: undefined,
      code: undefined,
      failuresInARow: 0,
      awaitsSuccess: true,
      isUrgent: false,
    }
    mappings.set(mappingId, pending)
    this.#mappings++
    return pending
  }
}

function taken(pending: Pending, epoch: number): OutcomeEntry {
  const { account, mappingId, succeededAt, failedAt, code, failuresInARow } = pending
  const timeOf = (at: number) => Math.round(epoch + at)
  pending.awaitsSuccess = failuresInARow > 0
  pending.succeededAt = undefined
  pending.failedAt = undefined
  pending.failuresInARow = 0
  pending.isUrgent = false
  return {
    account,
    mappingId,
    succeededAt: succeededAt === undefined ? undefined : timeOf(succeededAt),
    failuresInARow,
    ...(failedAt !== undefined && { failure: { at: timeOf(failedAt), code } }),
  }
}
