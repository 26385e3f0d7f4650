import { CodedError } from '../errors/coded-error.ts'
import { limitExceeded } from './limits.ts'

export const maxNameLength = 128

/** Those of Unicode, what ends lines, and what embeds, overrides or isolates the direction of text. */
const controls = /[\p{Cc}\u2028-\u202e\u2066-\u2069]/gu

/**
 * A name or label as people give it, without control characters. Others read it in lists and in the audit trail, where
 * it must stand in its place and in the order in which it was written.
 * @param max characters
 * @throws CodedError `VALIDATION_FAILED`, `LIMIT_EXCEEDED`
 */
export function checkName(field: string, text: string, max = maxNameLength): string {
  if (text.trim() === '')
    throw new CodedError('VALIDATION_FAILED', `"${field}" must not be empty.`, { details: { field } })
  // A character has one or two code units. To count those of a text of 8 MiB would take a tenth of a second.
  if (text.length > 2 * max || [...text].length > max) throw limitExceeded(field, max, 'characters')
  if (text.search(controls) !== -1) {
    throw new CodedError('VALIDATION_FAILED', `"${field}" must not have control characters.`, { details: { field } })
  }
  return text
}

/**
 * The subject or issuer of a certificate as RFC 4514 writes it, most specific part first. Whoever made the certificate
 * chose it: what could change how the text around it is shown is escaped by its bytes, such as `\E2\80\AE`.
 * @param lines as Node has it: a line for each part, in the order of the encoding; undefined for an empty name
 */
export function distinguishedName(lines: string | undefined): string {
  const parts = (lines ?? '').split('\n').reverse()
  return parts.join(', ').replaceAll(controls, (control) => {
    const bytes = [...new TextEncoder().encode(control)]
    return bytes.map((byte) => `\\${byte.toString(16).toUpperCase().padStart(2, '0')}`).join('')
  })
}
