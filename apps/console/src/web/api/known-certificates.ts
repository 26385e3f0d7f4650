import { entriesByIds } from '@mtls-gateway/client/page'
import type { Certificate } from '@mtls-gateway/contract'
import { keepPreviousData, queryOptions, useQuery } from '@tanstack/react-query'
import { nameOf } from '../format/name-of.ts'
import { nextLook } from '../format/renewal.ts'
import { certificatesKey } from './certificates.ts'
import { choicesQuery } from './lists.ts'
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
    // Plans go on by themselves; the list may be long.
    refetchInterval: ({ state: { data = [] } }) => {
      const wait = nextLook(
        data.map(({ plan }) => plan),
        Date.now(),
      )
      return wait && Math.max(wait, 15_000)
    },
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

/** The name of a certificate; its id where that is not known, and nothing for none. */
export function useCertificateName(accountId: string, id: string): string {
  const { data = [] } = useQuery(certificatesByIdQuery(accountId, id === '' ? [] : [id]))
  return nameOf(data, id)
}

/** The first certificates with this in their name or subject, and how many there are. */
export function foundCertificatesQuery(accountId: string, text: string | undefined) {
  return choicesQuery([...certificatesKey(accountId), 'found', text], text, async (query, signal) => {
    const answer = await clientOf(accountId).listCertificates({ query, signal })
    return { ...answer, body: answer.body.map(({ id, name, subject }) => ({ id: String(id), name, note: subject })) }
  })
}
