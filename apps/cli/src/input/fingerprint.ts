/** A SHA-256 fingerprint as people paste it (with colons, in capitals, named) in plain lower-case hex. */
export function plainFingerprint(pasted: string): string {
  const hex = pasted.replace(/^sha-?256(?: fingerprint)?[=:]\s*/i, '').replaceAll(/[:\s]/g, '')
  return hex.toLowerCase()
}
