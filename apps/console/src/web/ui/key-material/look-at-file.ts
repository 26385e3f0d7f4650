/** As the contract has it; its runtime is too large for a page. */
const maxBytes = 256 * 1024

/**
 * What a file seems to be, by its first bytes. What is in it, only the gateway reads: two verdicts would drift apart.
 */
export type FileKind = 'PEM' | 'DER certificate' | 'PKCS#12 or DER' | 'PKCS#7' | 'Java keystore' | 'unknown'

export type Look =
  /** A certificate in DER, which is PEM without its base64, has the text that it is in PEM. */
  | { readonly kind: 'PEM' | 'DER certificate'; readonly text: string }
  | { readonly kind: Exclude<FileKind, 'PEM' | 'DER certificate'> }
  | { readonly fault: string }

const keystores = [0xfeedfeed, 0xcececece]
/** The version of an X.509 certificate, v3, before anything else in it (RFC 5280, section 4.1). */
const version3 = [0xa0, 0x03, 0x02, 0x01, 0x02]
/** The type of a PKCS#7 file: signed data. */
const signedData = [0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x07, 0x02]

export async function lookAtFile(file: File): Promise<Look> {
  if (file.size === 0) return { fault: `${file.name} is empty. Export it again.` }
  if (file.size > maxBytes) {
    return { fault: `${file.name} has ${sizeText(file.size)}. A key file has at most 256 KiB: is it the right one?` }
  }
  const bytes = new Uint8Array(await file.arrayBuffer())
  const text = new TextDecoder().decode(bytes)
  if (text.includes('-----BEGIN ')) return { kind: 'PEM', text }
  const start = bytes.length < 4 ? 0 : new DataView(bytes.buffer).getUint32(0)
  if (keystores.includes(start)) return { kind: 'Java keystore' }
  const content = contentOf(bytes)
  if (content === undefined) return { kind: 'unknown' }
  if (startsWith(contentOf(content), version3)) return { kind: 'DER certificate', text: asPem(bytes) }
  return { kind: startsWith(content, signedData) ? 'PKCS#7' : 'PKCS#12 or DER' }
}

/** What follows the header of a SEQUENCE, with any form of length. */
function contentOf(der: Uint8Array): Uint8Array | undefined {
  if (der[0] !== 0x30) return undefined
  const length = der[1] ?? 0
  return der.subarray(length > 0x80 ? 2 + (length & 0x7f) : 2)
}

function startsWith(bytes: Uint8Array | undefined, start: readonly number[]): boolean {
  return bytes !== undefined && start.every((byte, at) => bytes[at] === byte)
}

function asPem(certificate: Uint8Array): string {
  const base64 = btoa(Array.from(certificate, (byte) => String.fromCharCode(byte)).join(''))
  const lines = base64.match(/.{1,64}/g) ?? []
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n')
}

export function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024)} KiB`
}
