import { headerNames, limits, type PageQuery, type Sort } from '@mtls-gateway/contract'
import { CodedError, limitExceeded } from '@mtls-gateway/domain'
import { convertInTurns, filterInTurns } from '@mtls-gateway/event-loop'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { type Versioned, withEntityTag } from './entity-tag.ts'
import { FirstByKey } from './first-by-key.ts'
import type { ListOrder } from './list-order.ts'

export interface Page<T> {
  readonly items: readonly T[]
  /** The cursor of the next page; undefined on the last one. */
  readonly next: string | undefined
  /** How many entries are asked for, on all pages together; undefined: nobody has counted them. */
  readonly total?: number
}

export interface PageOptions<T> {
  readonly idOf: (item: T) => string | number
  /** All unless given. */
  readonly isAskedFor?: (item: T) => boolean
  /** Undefined: pages follow the ids, and a whole list stays as it is. */
  readonly order?: ListOrder<T> | undefined
}

/**
 * The requested page of a list. A page begins behind the key of the last entry of the page before, whether that entry
 * is still there or not: an item that exists all the while, and whose key stays the same, is on exactly one page. A
 * cursor goes with any filter. Long lists are gone through in turns with everyone else's.
 * @throws CodedError `LIMIT_EXCEEDED`, `CURSOR_UNKNOWN`
 */
export async function pageOf<T>(items: readonly T[], query: PageQuery, options: PageOptions<T>): Promise<Page<T>> {
  const { idOf, isAskedFor = () => true, order } = options
  const isDescending = order?.name.startsWith('-') === true
  const isBefore = (one: string, other: string) => (isDescending ? one > other : one < other)
  const keyOf = (item: T) => `${order === undefined ? '' : `${order.keyOf(item)}\0`}${idKey(idOf(item))}`
  if (query.limit === undefined && query.cursor === undefined) {
    const all = await filterInTurns(items, isAskedFor)
    return { items: order ? await sortedBy(keyOf, all, isBefore) : all, next: undefined, total: all.length }
  }
  const limit = readLimit(query.limit ?? limits.page)
  const after = query.cursor === undefined ? undefined : readPlace(query.cursor, order?.name)
  const first = new FirstByKey<T>(limit + 1, isBefore)
  let total = 0
  await filterInTurns(items, (item) => {
    if (!isAskedFor(item)) return false
    total += 1
    const key = keyOf(item)
    if (after === undefined || isBefore(after, key)) first.add({ key, item })
    return false
  })
  const found = first.sorted()
  const page = found.slice(0, limit)
  const last = page.at(-1)
  const next = last !== undefined && found.length > limit ? writePlace(last.key, order?.name) : undefined
  return { items: page.map(({ item }) => item), next, total }
}

async function sortedBy<T>(
  keyOf: (item: T) => string,
  items: readonly T[],
  isBefore: (one: string, other: string) => boolean,
): Promise<readonly T[]> {
  const keyed = await convertInTurns(items, (item) => ({ key: keyOf(item), item }))
  // No two keys are the same. Of 10,000 entries, this takes some milliseconds.
  return keyed.sort((one, other) => (isBefore(one.key, other.key) ? -1 : 1)).map(({ item }) => item)
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
  { items, next, total }: Page<T>,
): readonly T[] {
  if (total !== undefined) void reply.header(headerNames.totalCount, total)
  if (next !== undefined) {
    const query = new URL(request.originalUrl, 'http://any').searchParams
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

/** No id has a colon, so a cursor of a sorted list is told from one that follows the ids. */
function writePlace(key: string, sort: Sort | undefined): string {
  return writeCursor(sort === undefined ? key : `${sort}:${key}`)
}

/** @throws CodedError `CURSOR_UNKNOWN` if we did not make it for this order */
function readPlace(cursor: string, sort: Sort | undefined): string {
  const place = readCursor(cursor)
  const [, madeFor, key = place] = /^(-?[a-zA-Z]+):(.*)$/s.exec(place) ?? []
  if (madeFor === sort) return key
  const details = { field: 'cursor' }
  const message = '"cursor" comes from a list with another "sort". Repeat that "sort", or start without "cursor".'
  throw new CodedError('CURSOR_UNKNOWN', message, { details })
}

/** Numbers in the order of their value. */
function idKey(id: string | number): string {
  return String(id).padStart(16, '0')
}
