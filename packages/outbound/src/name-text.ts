/**
 * A certificate's subject or issuer as RFC 4514 has it, most specific part first. Node gives a line a part, in the
 * order of the encoding.
 */
export function nameText(lines: string | undefined): string {
  return (lines ?? '').split('\n').reverse().join(', ')
}
