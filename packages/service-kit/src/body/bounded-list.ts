import { limitExceeded } from '@mtls-gateway/domain'
import { z } from 'zod'

type ListSchema<T> = Pick<z.ZodArray<z.ZodType<T>>, '~standard'>

/**
 * A list of at least one entry, counted before anything is done with its entries: a body of 8 MiB can hold four
 * million, and one fault each takes gigabytes to tell. It is a standard schema, so that OpenAPI tells of it as of any
 * list.
 *
 * Validation throws CodedError `LIMIT_EXCEEDED` naming `field` and `limit`.
 */
export function boundedList<T>(field: string, limit: number, entry: z.ZodType<T>): ListSchema<T> {
  const standard = z.array(entry).min(1)['~standard']
  const validate: typeof standard.validate = (value, options) => {
    if (Array.isArray(value) && value.length > limit) throw limitExceeded(field, limit, 'entries a request')
    return standard.validate(value, options)
  }
  return { '~standard': { ...standard, validate } }
}
