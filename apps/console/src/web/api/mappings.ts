import { entriesByIds, mappingsCsv } from '@mtls-gateway/client/page'
import type { Mapping } from '@mtls-gateway/contract'
import { keepPreviousData, queryOptions } from '@tanstack/react-query'
import { allEntries, choicesQuery, pagedQuery } from './lists.ts'
import { clientOf } from './page-client.ts'

export const mappingsKey = (accountId: string) => [accountId, 'mappings'] as const

export interface MappingFilters {
  readonly search?: string | undefined
  readonly service?: string | undefined
  readonly certificateId?: string | undefined
  readonly enable?: boolean | undefined
  readonly sort?: string | undefined
}

type ListQuery = NonNullable<NonNullable<Parameters<ReturnType<typeof clientOf>['listMappings']>[0]>['query']>

export function mappingsQuery(accountId: string, filters: MappingFilters) {
  return pagedQuery([...mappingsKey(accountId), 'list', filters], (page, signal) =>
    // A filter that the url has is the gateway's to judge.
    clientOf(accountId).listMappings({ query: { ...filters, ...page } as ListQuery, signal }),
  )
}

/** The first mappings with this in their name or url, and how many there are. */
export function foundMappingsQuery(accountId: string, text: string | undefined) {
  return choicesQuery([...mappingsKey(accountId), 'found', text], text, async (query, signal) => {
    const answer = await clientOf(accountId).listMappings({ query, signal })
    return { ...answer, body: answer.body.map(({ id, name, url }) => ({ id: String(id), name, note: url })) }
  })
}

/** The names of those that a page shows something of, by their ids; what is deleted has none. */
export function mappingNamesQuery(accountId: string, ids: readonly number[]) {
  const asked = [...new Set(ids)].toSorted((a, b) => a - b)
  return queryOptions({
    queryKey: [...mappingsKey(accountId), 'names', asked],
    queryFn: async ({ signal }): Promise<ReadonlyMap<number, string>> => {
      const found = await entriesByIds(clientOf(accountId).listMappings, asked, { signal })
      return new Map(found.map(({ id, name }) => [id, name]))
    },
    // While more rows come, those that are there keep their names.
    placeholderData: keepPreviousData,
    enabled: asked.length > 0,
    staleTime: 30_000,
  })
}

/** All of a list, whatever of it is shown. */
export function readMappings(accountId: string, filters: MappingFilters): Promise<readonly Mapping[]> {
  return allEntries(clientOf(accountId).listMappings, filters as ListQuery)
}

export async function readMappingsCsv(accountId: string, filters: MappingFilters): Promise<string> {
  return mappingsCsv(await readMappings(accountId, filters))
}

/** The whole answer: its ETag goes with a change. */
export function mappingQuery(accountId: string, mappingId: string) {
  return queryOptions({
    queryKey: [...mappingsKey(accountId), 'one', mappingId],
    queryFn: ({ signal }) => clientOf(accountId).getMapping({ mappingId, signal }),
  })
}
