import { headerNames, maxAskedIds } from '@mtls-gateway/contract/words'
import type { Answer } from './answer.ts'

/** An operation that answers lists in pages. */
type List<Request, Entry> = (request?: Request) => Promise<Answer<readonly Entry[]>>

interface PagedRequest {
  readonly query?: Readonly<Record<string, unknown>>
  readonly signal?: AbortSignal
}

/**
 * The pages of a list, one request each, as long as they are asked for:
 * `pagesOf(client.listMappings, { query: { limit: 100 } })`. Without a `limit` the whole list is one page, but for the
 * audit trail.
 */
export async function* pagesOf<Request extends PagedRequest, Entry>(
  list: List<Request, Entry>,
  request?: Request,
): AsyncGenerator<Answer<readonly Entry[]>, void, undefined> {
  let query: Readonly<Record<string, unknown>> | undefined = request?.query
  for (;;) {
    // The query of the page after is this one's with a cursor.
    const page = await list({ ...request, ...(query && { query }) } as Request)
    yield page
    const next = nextPageQuery(page)
    if (next === undefined) return
    query = { ...query, ...next }
  }
}

/** All entries of a list, page by page. */
export async function* entriesOf<Request extends PagedRequest, Entry>(
  list: List<Request, Entry>,
  request?: Request,
): AsyncGenerator<Entry, void, undefined> {
  for await (const { body } of pagesOf(list, request)) yield* body
}

/** The query of the page after, from a `Link` header such as `<?limit=100&cursor=MDAw>; rel="next"`. */
export function nextPageQuery({ headers }: Answer<unknown>): Readonly<Record<string, string>> | undefined {
  const query = /<\?([^<>]*)>; rel="next"/.exec(headers.get('link') ?? '')?.[1]
  return query === undefined ? undefined : Object.fromEntries(new URLSearchParams(query))
}

/** How many entries fit the filters of a list, on all its pages together; undefined: the answer does not say. */
export function totalOf({ headers }: Answer<unknown>): number | undefined {
  const total = headers.get(headerNames.totalCount)
  return total === null || !/^\d{1,15}$/.test(total) ? undefined : Number(total)
}

/** Those entries of a list that have one of these ids; what is deleted is missing. One request for each 100. */
export async function entriesByIds<Request extends PagedRequest, Entry>(
  list: List<Request, Entry>,
  ids: Iterable<string | number>,
  request?: Request,
): Promise<readonly Entry[]> {
  const asked = [...new Set([...ids].map(String))]
  const found: Entry[] = []
  for (let at = 0; at < asked.length; at += maxAskedIds) {
    const query = { ...request?.query, ids: asked.slice(at, at + maxAskedIds).join(',') }
    found.push(...(await list({ ...request, query } as unknown as Request)).body)
  }
  return found
}
