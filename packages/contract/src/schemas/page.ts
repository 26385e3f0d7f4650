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

export const pageQuerySchema = z.object(pageQuery)
export type PageQuery = Readonly<z.output<typeof pageQuerySchema>>
