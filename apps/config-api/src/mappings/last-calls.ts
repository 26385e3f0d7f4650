import type { LastCalls, Mapping as MappingView } from '@mtls-gateway/contract'
import type { MappingOutcome, Outcomes } from '@mtls-gateway/coordination'
import { type AccountId, isCodedError, type MappingId } from '@mtls-gateway/domain'

/** Says of mappings how their last calls went. */
export class LastCallsReader {
  readonly #outcomes: Outcomes

  constructor(outcomes: Outcomes) {
    this.#outcomes = outcomes
  }

  /** @param known the outcomes of these mappings, where they have been read already */
  async addTo<Views extends readonly MappingView[]>(
    account: AccountId,
    views: Views,
    known?: ReadonlyMap<MappingId, MappingOutcome>,
  ): Promise<Views> {
    // They come from mappings of the account.
    const ids = views.map(({ id }) => id as MappingId)
    const outcomes = known ?? (await this.of(account, ids))
    const added = views.map((view) => {
      const outcome = outcomes.get(view.id as MappingId)
      return outcome === undefined ? view : { ...view, lastCalls: viewOutcome(outcome) }
    })
    return added as readonly MappingView[] as Views
  }

  /** Nothing is said while it can't be known, so that lists still work. */
  async of(account: AccountId, ids: readonly MappingId[]): Promise<ReadonlyMap<MappingId, MappingOutcome>> {
    try {
      return await this.#outcomes.of(account, ids)
    } catch (error) {
      if (isCodedError(error) && error.code === 'COORDINATION_UNAVAILABLE') return new Map()
      throw error
    }
  }
}

function viewOutcome({ succeededAt, failure, failuresInARow }: MappingOutcome): LastCalls {
  return {
    succeededAt: succeededAt === undefined ? null : new Date(succeededAt).toISOString(),
    failedAt: failure === undefined ? null : new Date(failure.at).toISOString(),
    failureCode: failure?.code ?? null,
    failuresInARow,
  }
}
