/**
 * A certificate's subject or issuer as RFC 4514 writes it, most specific part first. Node gives one line per part, in
 * encoding order.
 */
export function nameText(lines: string | undefined): string {
  return (lines ?? '').split('\n').reverse().join(', ')
}
