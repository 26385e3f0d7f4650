import { malformedResponse } from '../failures/transport-error.ts'

/** The name of a header, or a method (RFC 9110 section 5.6.2). */
export const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Visible characters, spaces and tabs, and bytes above ASCII (RFC 9110 section 5.5), one byte a character. */
export const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

/** Each costs time wherever it goes; Node takes 2,000 of them, and targets send some twenty. */
const maxFields = 1_000

/**
 * The field lines of a head or a trailer section, without the empty line that ends it: `[name, value, ...]`.
 *
 * Refuses what RFC 9112 section 5 lets a recipient read in more than one way: folded lines, a space before the colon, a
 * bare CR or LF.
 * @param text one byte a character, from `from` on
 * @throws TransportError `MALFORMED_RESPONSE`
 */
export function parseFieldLines(text: string, from = 0): string[] {
  const fields: string[] = []
  for (let at = from; at < text.length; ) {
    const lineEnd = text.indexOf('\r\n', at)
    const end = lineEnd < 0 ? text.length : lineEnd
    const colon = text.indexOf(':', at)
    if (colon < 0 || colon > end) throw malformedResponse('a header line has no colon')
    const name = text.slice(at, colon)
    const value = withoutSpace(text, colon + 1, end)
    if (!token.test(name)) throw malformedResponse('the name of a header has a character that none may have')
    if (!fieldValue.test(value)) throw malformedResponse('the value of a header has a character that none may have')
    if (fields.length === 2 * maxFields) throw malformedResponse(`it has more than ${maxFields} headers`)
    fields.push(name, value)
    at = end + 2
  }
  return fields
}

/** Without the optional white space around a value. */
function withoutSpace(text: string, from: number, to: number): string {
  let [start, end] = [from, to]
  while (start < end && isSpace(text.charCodeAt(start))) start++
  while (end > start && isSpace(text.charCodeAt(end - 1))) end--
  return text.slice(start, end)
}

function isSpace(code: number): boolean {
  return code === 0x20 || code === 0x09
}

const digits = /^\d+$/

/** A Content-Length of any number of digits (RFC 9110 section 8.6); undefined if it is no safe integer. */
export function parseLength(text: string): number | undefined {
  const bytes = digits.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
