import { type Answer, entriesOf, nextPageQuery, totalOf } from '@mtls-gateway/client/page'
import { infiniteQueryOptions, keepPreviousData, type QueryKey, queryOptions } from '@tanstack/react-query'

/** The pages of a list that are there, one behind the other. */
export interface Listed<Entry> {
  readonly entries: readonly Entry[]
  /** How many there are on all pages together; undefined: nobody has counted them. */
  readonly total: number | undefined
}

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
    select: ({ pages }): Listed<Entry> => {
      const last = pages.at(-1)
      return { entries: pages.flatMap(({ body }) => body), total: last && totalOf(last) }
    },
  })
}

/** One of many that may be chosen. */
export interface Choice {
  readonly id: string
  readonly name: string
  /** What tells it from others of a like name. */
  readonly note?: string
}

/** Most that are shown to choose from. */
const shownChoices = 20

/** What fits a text, by name, and how many there are; undefined: nobody has looked for one yet. */
export function choicesQuery(
  queryKey: QueryKey,
  text: string | undefined,
  read: (
    query: { readonly search: string | undefined; readonly sort: 'name'; readonly limit: number },
    signal: AbortSignal,
  ) => Promise<Answer<readonly Choice[]>>,
) {
  return queryOptions({
    queryKey,
    queryFn: async ({ signal }) => {
      const answer = await read({ search: text, sort: 'name', limit: shownChoices }, signal)
      return { choices: answer.body, total: totalOf(answer) ?? answer.body.length }
    },
    placeholderData: keepPreviousData,
    enabled: text !== undefined,
    staleTime: 30_000,
  })
}

/** Pages of a list that is read to its end. */
const entriesAtOnce = 1_000

/** All entries of a list, for what is done with all of them at once. */
export async function allEntries<Query, Entry>(
  list: (request?: { readonly query?: Query }) => Promise<Answer<readonly Entry[]>>,
  query: Query,
): Promise<readonly Entry[]> {
  const entries: Entry[] = []
  for await (const entry of entriesOf(list, { query: { ...query, limit: entriesAtOnce } })) entries.push(entry)
  return entries
}
