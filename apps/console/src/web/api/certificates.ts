import { certificatesCsv } from '@mtls-gateway/client/page'
import { queryOptions } from '@tanstack/react-query'
import { nextLook } from '../format/renewal.ts'
import { allEntries, pagedQuery } from './lists.ts'
import { clientOf } from './page-client.ts'

/** Keys begin with the account and the kind, so that a change can make all of a kind stale. */
export const certificatesKey = (accountId: string) => [accountId, 'certificates'] as const

export interface CertificateFilters {
  readonly search?: string | undefined
  readonly status?: string | undefined
  readonly clientAuth?: string | undefined
  readonly expiringWithinDays?: number | undefined
  readonly expiresIn?: string | undefined
  readonly issuer?: string | undefined
  readonly issuedBefore?: string | undefined
  readonly keyType?: string | undefined
  readonly plan?: string | undefined
  readonly revoked?: string | undefined
  readonly sort?: string | undefined
}

export function certificatesQuery(accountId: string, filters: CertificateFilters) {
  return pagedQuery([...certificatesKey(accountId), 'list', filters], (page, signal) =>
    clientOf(accountId).listCertificates({ query: { ...filters, ...page } as CertificateQuery, signal }),
  )
}

/** All of a list as CSV, whatever of it is shown. */
export async function readCertificatesCsv(accountId: string, filters: CertificateFilters): Promise<string> {
  const query = filters as CertificateQuery
  return certificatesCsv(await allEntries(clientOf(accountId).listCertificates, query))
}

/** The whole answer: its ETag goes with a change. */
export function certificateQuery(accountId: string, certificateId: string) {
  return queryOptions({
    queryKey: [...certificatesKey(accountId), 'one', certificateId],
    queryFn: ({ signal }) => clientOf(accountId).getCertificate({ certificateId, signal }),
    // What its plan does by itself is seen without a reload.
    refetchInterval: ({ state: { data } }) => nextLook([data?.body.plan], Date.now()),
  })
}

/** A filter that the url has is the gateway's to judge. */
type CertificateQuery = NonNullable<
  NonNullable<Parameters<ReturnType<typeof clientOf>['listCertificates']>[0]>['query']
>
