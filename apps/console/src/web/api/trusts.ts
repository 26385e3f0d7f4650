import { queryOptions } from '@tanstack/react-query'
import { mappingsKey } from './mappings.ts'
import { clientOf } from './page-client.ts'

/** Below the mappings, as each list says how many of them use it. */
export function trustsQuery(accountId: string) {
  return queryOptions({
    queryKey: [...mappingsKey(accountId), 'trusts'],
    queryFn: async ({ signal }) => (await clientOf(accountId).listTrusts({ signal })).body,
  })
}
