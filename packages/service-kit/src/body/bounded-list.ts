import type { RequestBody } from '@mtls-gateway/contract'
import { limitExceeded } from '@mtls-gateway/domain'
import type { z } from 'zod'

/** A schema for Nest's pipe. */
export type StandardSchema = Pick<z.ZodType, '~standard'>

/**
 * A list whose length is checked before its entries: a body of 8 MiB can hold four million, and reporting an error for
 * each would take gigabytes.
 *
 * Validation throws CodedError `LIMIT_EXCEEDED` naming the list and its limit.
 */
export function boundedList({ of, limit }: NonNullable<RequestBody['list']>, schema: StandardSchema): StandardSchema {
  const standard = schema['~standard']
  const validate: typeof standard.validate = (value, options) => {
    if (Array.isArray(value) && value.length > limit) throw limitExceeded(of, limit, 'entries a request')
    return standard.validate(value, options)
  }
  return { '~standard': { ...standard, validate } }
}
