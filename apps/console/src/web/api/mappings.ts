import { mappingsCsv } from '@mtls-gateway/client/page'
import type { Mapping } from '@mtls-gateway/contract'
import { queryOptions } from '@tanstack/react-query'
import { allEntries, pagedQuery } from './lists.ts'
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
