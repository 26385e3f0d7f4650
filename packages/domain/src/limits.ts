import { CodedError } from './coded-error.ts'

/** 400 naming field and limit; `unit` is what the limit counts, as a word in the plural. */
export function limitExceeded(field: string, limit: number, unit: string): CodedError {
  return new CodedError('LIMIT_EXCEEDED', `"${field}" may have at most ${limit} ${unit}.`, {
    details: { field, limit },
  })
}
