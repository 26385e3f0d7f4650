import type { SubjectUsage, Usage } from '@mtls-gateway/coordination'
import { type AccountId, isCodedError } from '@mtls-gateway/domain'

/** What an account has used; nothing while that can't be known: a list is not refused for it. */
export async function usageWherePossible(usage: Usage, account: AccountId): Promise<ReadonlyMap<string, SubjectUsage>> {
  try {
    return await usage.of(account)
  } catch (error) {
    if (isCodedError(error) && error.code === 'COORDINATION_UNAVAILABLE') return new Map()
    throw error
  }
}
