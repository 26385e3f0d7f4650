import { z } from 'zod'
import { limits } from '../limits.ts'

/** The query of a list: without `limit` and `cursor` the answer is the whole list, but for the audit trail. */
export const pageQuery = {
  limit: z.coerce.number<number>().int().min(1).optional().meta({
    maximum: limits.page,
    description: 'Entries of a page; the next one is in the `Link` header',
  }),
  cursor: z
    .string()
    .regex(/^[A-Za-z0-9_-]+$/, 'must be one that an answer gave')
    .optional()
    .meta({ description: 'Opaque; from the `Link` header of the page before' }),
}

/** What lists are sorted by; with a minus before it, the other way round. */
const sortKeys = ['name', '-name', 'expires', '-expires', 'lastUsed', '-lastUsed'] as const

/** The order of a list of certificates or mappings. @param expires what of an entry expires, as a sentence has it */
export function sortBy(expires: string) {
  return z
    .enum(sortKeys)
    .optional()
    .meta({
      description: `By name, by when ${expires}, or by the last call; \`-name\` is the other way round. A cursor goes with the \`sort\` that it comes from. Without it, a whole list has its entries as they were made, and pages follow the ids`,
    })
}
export type Sort = (typeof sortKeys)[number]

/** As many as `limits.askedIds`. */
const idsPattern = /^[1-9][0-9]{0,14}(,[1-9][0-9]{0,14}){0,99}$/

/** Entries by their ids: for the names of what something else refers to. */
export function entriesByIds(entries: string) {
  return z
    .string()
    .regex(idsPattern, `must be up to ${limits.askedIds} ids with commas between them`)
    .transform((ids): ReadonlySet<number> => new Set(ids.split(',').map(Number)))
    .optional()
    .meta({ description: `${entries} with these ids: up to ${limits.askedIds}, with commas between them` })
}

export const pageQuerySchema = z.object(pageQuery)
export type PageQuery = Readonly<z.output<typeof pageQuerySchema>>
