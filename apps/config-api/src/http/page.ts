import { limits, type PageQuery } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { filterInTurns } from '@mtls-gateway/event-loop'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Versioned, withEntityTag } from './entity-tag.ts'
import { FirstByKey } from './first-by-key.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
}

/**
 * The requested page of a list. Pages follow the ids, so an item that exists all the while is on exactly one of them,
 * whatever is added or deleted in between. A cursor says where a page begins, so it goes with any filter. Long lists
 * are gone through in turns with everyone else's.
 * @param isAskedFor all unless given
 * @throws CodedError `LIMIT_EXCEEDED`, `CURSOR_UNKNOWN`
 */
export async function pageOf<T>(
  items: readonly T[],
  query: PageQuery,
  idOf: (item: T) => string | number,
  isAskedFor: (item: T) => boolean = () => true,
): Promise<Page<T>> {
  if (query.limit === undefined && query.cursor === undefined) {
    return { items: await filterInTurns(items, isAskedFor), next: undefined }
  }
  const limit = readLimit(query.limit ?? limits.page)
  const after = query.cursor === undefined ? '' : readCursor(query.cursor)
  const first = new FirstByKey<T>(limit + 1)
  await filterInTurns(items, (item) => {
    const key = sortKey(idOf(item))
    if (key > after && isAskedFor(item)) first.add({ key, item })
    return false
  })
  const found = first.sorted()
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const next = last !== undefined && found.length > limit ? writeCursor(last.key) : undefined
  return { items: page.map(({ item }) => item), next }
}

/** @throws CodedError `LIMIT_EXCEEDED` */
export function readLimit(limit: number): number {
  if (limit > limits.page) throw limitExceeded('limit', limits.page, 'entries')
  return limit
}

/** The list, its tag, and the next page: a Link (RFC 8288) with the query of this request. */
export function answerPage<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  { value, revision }: Versioned<Page<T>>,
): readonly T[] {
  return withEntityTag(reply, { value: answerUntagged(request, reply, value), revision })
}

/** As {@link answerPage}, of a list that no revision of the account tells the state of. */
export function answerUntagged<T>(
  request: FastifyRequest,
  reply: FastifyReply,
  { items, next }: Page<T>,
): readonly T[] {
  if (next !== undefined) {
    const query = new URLSearchParams(request.url.split('?')[1])
    query.set('cursor', next)
    void reply.header('link', `<?${query}>; rel="next"`)
  }
  return items
}

export function writeCursor(key: string): string {
  return Buffer.from(key).toString('base64url')
}

/** @throws CodedError `CURSOR_UNKNOWN` if we did not make it */
export function readCursor(cursor: string): string {
  const key = Buffer.from(cursor, 'base64url').toString()
  if (key === '' || writeCursor(key) !== cursor) throw unknownCursor()
  return key
}

export function unknownCursor(): CodedError {
  const details = { field: 'cursor' }
  return new CodedError('CURSOR_UNKNOWN', '"cursor" does not come from an answer. Start without it.', { details })
}

/** Numbers in the order of their value. */
function sortKey(id: string | number): string {
  return String(id).padStart(16, '0')
}
