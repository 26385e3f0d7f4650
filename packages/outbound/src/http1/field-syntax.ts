/** The name of a header, or a method (RFC 9110 section 5.6.2). */
export const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/
/** Visible characters, spaces and tabs, and bytes above ASCII (RFC 9110 section 5.5), one byte a character. */
export const fieldValue = /^[\t\x20-\x7e\x80-\xff]*$/

const digits = /^\d+$/

/** A Content-Length of any number of digits (RFC 9110 section 8.6); undefined if it is no safe integer. */
export function parseLength(text: string): number | undefined {
  const bytes = digits.test(text) ? Number(text) : undefined
  return Number.isSafeInteger(bytes) ? bytes : undefined
}
