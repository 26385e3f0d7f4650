import { queryOptions } from '@tanstack/react-query'
import { mappingsKey } from './mappings.ts'
import { clientOf } from './page-client.ts'

/** Those that a page shows beside a certificate; a list of its own has the others. */
export const shownMappings = 20
const shownChanges = 10

/** The first mappings that present a certificate; `nextPageQuery` says whether there are more. */
export function mappingsOfQuery(accountId: string, certificateId: number) {
  return queryOptions({
    queryKey: [...mappingsKey(accountId), 'of certificate', certificateId],
    queryFn: ({ signal }) =>
      clientOf(accountId).listMappings({ query: { certificateId, limit: shownMappings }, signal }),
  })
}

/** The latest changes of a certificate. */
export function changesOfQuery(accountId: string, certificateId: number) {
  return queryOptions({
    queryKey: [accountId, 'audit', 'of certificate', certificateId],
    queryFn: ({ signal }) =>
      clientOf(accountId).listChanges({
        query: { subject: String(certificateId), action: 'certificates.*', limit: shownChanges },
        signal,
      }),
  })
}
