import type { Propagation } from '@mtls-gateway/contract'
import { type Query, queryOptions } from '@tanstack/react-query'
import { certificatesKey } from './certificates.ts'
import { clientOf } from './page-client.ts'

const againMs = 1_000

/** Which forwarders present the version in use: asked again each second until all of them do, or it is refused. */
export function propagationQuery(accountId: string, certificateId: string) {
  return queryOptions({
    queryKey: [...certificatesKey(accountId), 'propagation', certificateId],
    queryFn: async ({ signal }) => (await clientOf(accountId).getPropagation({ certificateId, signal })).body,
    staleTime: 0,
    refetchInterval: (query: Query<Propagation>) =>
      query.state.data?.complete === true || query.state.status === 'error' ? false : againMs,
  })
}
