import { queryOptions } from '@tanstack/react-query'
import { clientOf } from './page-client.ts'

export const signingKeysKey = (accountId: string) => [accountId, 'signing-keys'] as const

/** An account has few: they come whole. */
export function signingKeysQuery(accountId: string) {
  return queryOptions({
    queryKey: signingKeysKey(accountId),
    queryFn: async ({ signal }) => (await clientOf(accountId).listSigningKeys({ signal })).body,
  })
}
