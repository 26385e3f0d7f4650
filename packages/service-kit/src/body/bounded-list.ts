import { limitExceeded } from '@mtls-gateway/domain'
import { z } from 'zod'

/**
 * A list of at least one entry, counted before anything is done with its entries: a body of 8 MiB can hold four million, and
 * one fault each takes gigabytes to tell.
 *
 * Parsing throws CodedError `LIMIT_EXCEEDED` naming `field` and `limit`.
 */
export function boundedList<T>(field: string, limit: number, entry: z.ZodType<T>): z.ZodType<T[]> {
  return z
    .custom<unknown[]>((value) => Array.isArray(value) && value.length > 0, 'a list with at least one entry is needed')
    .transform((entries) => {
      if (entries.length > limit) throw limitExceeded(field, limit, 'entries a request')
      return entries
    })
    .pipe(z.array(entry))
}
