import { connectionOptions } from '../headers/hop-by-hop.ts'

/** The limit for all hints of a call together. The parser limits their number. */
export const maxHintBytes = 16_384

/**
 * A `103 Early Hints` with the target's links, unchanged: our parser has checked every byte of them. Never pass them to
 * node:http's `writeEarlyHints`: each parameter of a link doubles the time of its regular expression, and forty
 * parameters stop the process.
 * @returns undefined if there is no link
 */
export function earlyHints(fields: readonly string[]): string | undefined {
  if (connectionOptions(fields).has('link')) return undefined
  let lines = ''
  for (let i = 0; i < fields.length; i += 2) {
    if (fields[i]?.toLowerCase() === 'link') lines += `Link: ${fields[i + 1]}\r\n`
  }
  return lines === '' ? undefined : `HTTP/1.1 103 Early Hints\r\n${lines}\r\n`
}
