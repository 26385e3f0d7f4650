import { queryOptions } from '@tanstack/react-query'
import { clientOf } from './page-client.ts'

/** The services that make calls: they are the operator's, and seldom change. */
export function servicesQuery(accountId: string) {
  return queryOptions({
    queryKey: [accountId, 'services'],
    queryFn: async ({ signal }) => (await clientOf(accountId).listServices({ signal })).body,
    staleTime: 300_000,
  })
}
