import type { FastifyReply } from 'fastify'

/** An answer, with the revision of the account that last changed it: its ETag. */
export interface Versioned<T> {
  readonly value: T
  readonly revision: number
}

/** Answers with the tag of RFC 9110 section 8.8.3. */
export function withEntityTag<T>(reply: FastifyReply, { value, revision }: Versioned<T>): T {
  void reply.header('etag', `"${revision}"`)
  return value
}

/**
 * The revisions of an If-Match header; undefined without one and for `*`, as a missing resource is a 404 anyway. A weak
 * tag never matches (RFC 9110 section 13.1.1), nor does one that we did not make: tags are compared as characters, so
 * `"05"` is not `"5"` (section 8.8.3.2).
 */
export function ifMatchRevisions(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return header.split(',').flatMap((tag) => {
    const revision = /^"(0|[1-9]\d{0,14})"$/.exec(tag.trim())?.[1]
    return revision === undefined ? [] : [Number(revision)]
  })
}
