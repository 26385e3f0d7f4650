import { CodedError } from '../errors/coded-error.ts'
import { limitExceeded } from './limits.ts'

export const maxNameLength = 128

/** Those of Unicode, what ends lines, and what embeds, overrides or isolates the direction of text. */
const controls = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/u

/**
 * A name or label as people give it: 1-128 characters without control characters. Others read it in lists and in the
 * audit trail, where it must stand in its place and in the order in which it was written.
 * @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`
 */
export function checkName(field: string, text: string): string {
  if (text.trim() === '')
    throw new CodedError('VALIDATION_FAILED', `"${field}" must not be empty.`, { details: { field } })
  if ([...text].length > maxNameLength) throw limitExceeded(field, maxNameLength, 'characters')
  if (controls.test(text)) {
    throw new CodedError('VALIDATION_FAILED', `"${field}" must not have control characters.`, { details: { field } })
  }
  return text
}
