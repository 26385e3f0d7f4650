import type { CertificateSummary } from '@mtls-gateway/contract'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { certificatesKey } from './certificates.ts'
import { clientOf } from './page-client.ts'

/** What is to be replaced: the certificates of an issuer that came before a time, ISO 8601. */
export interface Wanted {
  readonly issuer: string
  readonly issuedBefore: string
}

/** The certificates in use, counted. @param wanted only those of a replacement */
export function summaryQuery(accountId: string, wanted?: Wanted) {
  return queryOptions({
    queryKey: [...certificatesKey(accountId), 'summary', wanted],
    queryFn: async ({ signal }): Promise<CertificateSummary> =>
      (await clientOf(accountId).countCertificates({ query: { ...wanted }, signal })).body,
    placeholderData: keepPreviousData,
  })
}
