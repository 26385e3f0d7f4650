import { queryOptions } from '@tanstack/react-query'
import { clientOf } from './page-client.ts'

export const appKeysKey = (accountId: string) => [accountId, 'app-keys'] as const
export const settingsKey = (accountId: string) => [accountId, 'settings'] as const
export const invitationsKey = (accountId: string) => [accountId, 'invitations'] as const

export function appKeysQuery(accountId: string) {
  return queryOptions({
    queryKey: appKeysKey(accountId),
    queryFn: async ({ signal }) => (await clientOf(accountId).listAppKeys({ signal })).body,
  })
}

/** The whole answer: its ETag goes with a change. */
export function settingsQuery(accountId: string) {
  return queryOptions({
    queryKey: settingsKey(accountId),
    queryFn: ({ signal }) => clientOf(accountId).getSettings({ signal }),
  })
}

export function invitationsQuery(accountId: string) {
  return queryOptions({
    queryKey: invitationsKey(accountId),
    queryFn: async ({ signal }) => (await clientOf(accountId).listInvitations({ signal })).body,
  })
}
