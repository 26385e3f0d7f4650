import type { ApprovalRequest } from '@mtls-gateway/contract'
import { queryOptions, useQuery } from '@tanstack/react-query'
import { useAccountId } from '../routing/account-id.ts'
import { pagedQuery } from './lists.ts'
import { clientOf } from './page-client.ts'
import { sessionQuery, useMissingScope } from './session.ts'

export const approvalsKey = (accountId: string) => [accountId, 'approvals'] as const

export type ApprovalState = ApprovalRequest['state']

export function approvalsQuery(accountId: string, state: ApprovalState) {
  return pagedQuery([...approvalsKey(accountId), 'list', state], (page, signal) =>
    clientOf(accountId).listApprovals({ query: { state, ...page }, signal }),
  )
}

export function approvalQuery(accountId: string, approvalId: string) {
  return queryOptions({
    queryKey: [...approvalsKey(accountId), 'one', approvalId],
    queryFn: async ({ signal }) => (await clientOf(accountId).getApproval({ approvalId, signal })).body,
  })
}

/** The requests that wait, as far as one may see them; none while they are not known. They are few, and come whole. */
export function useOpenApprovals(): readonly ApprovalRequest[] {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:read')
  const { data } = useQuery({
    queryKey: [...approvalsKey(accountId), 'open'],
    queryFn: async ({ signal }) => (await clientOf(accountId).listApprovals({ query: { state: 'open' }, signal })).body,
    enabled: missingScope === undefined,
    staleTime: 30_000,
  })
  return data ?? []
}

/** Who may approve in an emergency, whoever asked. */
export function useIsOperator(): boolean {
  const { data: session } = useQuery(sessionQuery)
  return session?.accounts === '*' && session.scopes.includes('mtls:admin')
}
