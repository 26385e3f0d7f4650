import type { SubjectUsage, Usage } from '@mtls-gateway/coordination'
import { type AccountId, isCodedError } from '@mtls-gateway/domain'

/** An account's usage; undefined while that can't be read, so that lists still work. */
export async function usageWherePossible(
  usage: Usage,
  account: AccountId,
): Promise<ReadonlyMap<string, SubjectUsage> | undefined> {
  try {
    return await usage.of(account)
  } catch (error) {
    if (isCodedError(error) && error.code === 'COORDINATION_UNAVAILABLE') return undefined
    throw error
  }
}
