import type { Answer } from './answer.ts'

/** An operation that answers lists in pages. */
type List<Request, Entry> = (request?: Request) => Promise<Answer<readonly Entry[]>>

interface PagedRequest {
  readonly query?: Readonly<Record<string, unknown>>
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
