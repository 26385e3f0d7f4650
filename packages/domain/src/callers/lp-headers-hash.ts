import { createHash } from 'node:crypto'

/**
 * What `lp_hash` says of a request, signed by its caller and checked by the gateway: base64url of the SHA-256 of its
 * `LP-*` headers as `name:value\n`, the name in lower case, the lines sorted by their bytes.
 *
 * @param headers names and values, one entry each, in any order
 */
export function lpHeadersHash(headers: Iterable<readonly [name: string, value: string]>): string {
  const lines: string[] = []
  for (const [name, value] of headers) {
    const lowerCase = name.toLowerCase()
    if (lowerCase.startsWith('lp-')) lines.push(`${lowerCase}:${value}\n`)
  }
  // Node reads and writes header values one byte a character.
  return createHash('sha256').update(lines.sort().join(''), 'latin1').digest('base64url')
}
