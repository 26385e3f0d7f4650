import type { Certificate } from '@mtls-gateway/contract'
import { queryOptions } from '@tanstack/react-query'
import { certificatesKey } from './certificates.ts'
import { clientOf } from './page-client.ts'

/** More are found by the search of their own page. */
export const maxKnownCertificates = 1_000

export interface NamedCertificate {
  readonly id: string
  readonly name: string
}

/** The certificates of an account, or the first thousand of them: what an overview is made from. */
export function knownCertificatesQuery(accountId: string) {
  return queryOptions({
    queryKey: [...certificatesKey(accountId), 'known'],
    queryFn: async ({ signal }): Promise<readonly Certificate[]> =>
      (await clientOf(accountId).listCertificates({ query: { limit: maxKnownCertificates }, signal })).body,
    staleTime: 30_000,
  })
}

/** By name: to choose from, and to tell mappings' certificates by more than a number. */
export function certificateNamesQuery(accountId: string) {
  return { ...knownCertificatesQuery(accountId), select: namesOf }
}

function namesOf(certificates: readonly Certificate[]): readonly NamedCertificate[] {
  return certificates
    .map(({ id, name }) => ({ id: String(id), name }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}
