import type { FastifyReply } from 'fastify'

/** What is answered, with the revision of the account that last changed it: its ETag. */
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
 * The revisions of an If-Match header; undefined where none is asked for, with `*`: what does not exist is not found
 * anyway. A weak tag never matches (RFC 9110 section 13.1.1), nor does what is no tag of ours.
 */
export function ifMatchRevisions(header: string | undefined): readonly number[] | undefined {
  if (header === undefined || header.trim() === '*') return undefined
  return header.split(',').flatMap((tag) => {
    const revision = /^"(\d{1,15})"$/.exec(tag.trim())?.[1]
    return revision === undefined ? [] : [Number(revision)]
  })
}
