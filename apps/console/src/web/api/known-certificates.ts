import { entriesByIds } from '@mtls-gateway/client/page'
import type { Certificate } from '@mtls-gateway/contract'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { certificatesKey } from './certificates.ts'
import { clientOf } from './page-client.ts'

/** More are found by the search of their own page. */
export const maxKnownCertificates = 1_000

export interface NamedCertificate {
  readonly id: string
  readonly name: string
  readonly expirationDate: string | null
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

/** Those that a page shows something of, by their ids: to tell them by more than a number. */
export function certificatesByIdQuery(accountId: string, ids: readonly string[]) {
  const asked = [...new Set(ids)].toSorted()
  return queryOptions({
    queryKey: [...certificatesKey(accountId), 'by id', asked],
    queryFn: async ({ signal }): Promise<readonly NamedCertificate[]> => {
      const found = await entriesByIds(clientOf(accountId).listCertificates, asked, { signal })
      return found.map(({ id, name, expirationDate }) => ({ id: String(id), name, expirationDate }))
    },
    // While more rows come, those that are there keep their names.
    placeholderData: keepPreviousData,
    enabled: asked.length > 0,
    staleTime: 30_000,
  })
}

/** By name: to choose from, and to tell mappings' certificates by more than a number. */
export function certificateNamesQuery(accountId: string) {
  return { ...knownCertificatesQuery(accountId), select: namesOf }
}

function namesOf(certificates: readonly Certificate[]): readonly NamedCertificate[] {
  return certificates
    .map(({ id, name, expirationDate }) => ({ id: String(id), name, expirationDate }))
    .toSorted((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }))
}
