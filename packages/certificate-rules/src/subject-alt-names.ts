/** As signing requests have them; other kinds have OpenSSL's words. */
const kinds: ReadonlyMap<string, string> = new Map([['IP Address', 'IP']])

/**
 * The names of a certificate, one each: `DNS:a.example`.
 * @param text `X509Certificate.subjectAltName`: a list of `kind:value`, whose values are JSON if they hold a comma, a
 *   quotation mark or a control character
 */
export function subjectAltNames(text: string | undefined): readonly string[] {
  if (text === undefined) return []
  const names: string[] = []
  for (let at = 0; at < text.length; ) {
    const colon = text.indexOf(':', at)
    if (colon < 0) break
    const kind = text.slice(at, colon)
    const end = endOfValue(text, colon + 1)
    names.push(`${kinds.get(kind) ?? kind}:${decode(text.slice(colon + 1, end))}`)
    at = end + ', '.length
  }
  return names
}

function endOfValue(text: string, from: number): number {
  if (text[from] !== '"') {
    const comma = text.indexOf(', ', from)
    return comma < 0 ? text.length : comma
  }
  let at = from + 1
  while (at < text.length && text[at] !== '"') at += text[at] === '\\' ? 2 : 1
  return at + 1
}

function decode(text: string): string {
  return text.startsWith('"') ? String(JSON.parse(text)) : text
}
