import { type Answer, nextPageQuery } from '@mtls-gateway/client/page'
import { infiniteQueryOptions, keepPreviousData, type QueryKey } from '@tanstack/react-query'

/** What a request for the page after has beside its filters. */
export type PageQuery = Readonly<Record<string, string | number>>

const entriesAPage = 50

/**
 * A list in pages: lists of an account can have 10,000 entries. While a filter changes, the old entries stay until the
 * new ones come.
 */
export function pagedQuery<Entry>(
  queryKey: QueryKey,
  read: (query: PageQuery, signal: AbortSignal) => Promise<Answer<readonly Entry[]>>,
) {
  return infiniteQueryOptions({
    queryKey,
    queryFn: ({ pageParam, signal }) => read({ limit: entriesAPage, ...pageParam }, signal),
    initialPageParam: {} as PageQuery,
    getNextPageParam: (page): PageQuery | undefined => nextPageQuery(page),
    placeholderData: keepPreviousData,
    select: ({ pages }) => pages.flatMap(({ body }) => body),
  })
}
