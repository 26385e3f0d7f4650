import { CodedError } from '../errors/coded-error.ts'
import { limitExceeded } from './limits.ts'

export const maxNameLength = 128

/**
 * A name or label as people give it: 1-128 characters without control characters.
 * @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`
 */
export function checkName(field: string, text: string): string {
  if (text.trim() === '')
    throw new CodedError('VALIDATION_FAILED', `"${field}" must not be empty.`, { details: { field } })
  if ([...text].length > maxNameLength) throw limitExceeded(field, maxNameLength, 'characters')
  if (/\p{Cc}/u.test(text)) {
    throw new CodedError('VALIDATION_FAILED', `"${field}" must not have control characters.`, { details: { field } })
  }
  return text
}
