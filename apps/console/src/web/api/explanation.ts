import { queryOptions } from '@tanstack/react-query'
import { clientOf } from './page-client.ts'

/** What a call would get. It changes nothing, so it is a question like any other. */
export function explanationQuery(accountId: string, serviceName: string, url: string) {
  return queryOptions({
    queryKey: [accountId, 'explanation', serviceName, url],
    queryFn: async ({ signal }) =>
      (await clientOf(accountId).explainMapping({ body: { serviceName, url }, signal })).body,
  })
}
