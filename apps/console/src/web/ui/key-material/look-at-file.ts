/** As the contract has it; its runtime is too large for a page. */
const maxBytes = 256 * 1024

/**
 * What a file seems to be, by its first bytes. What is in it, only the gateway reads: two verdicts would drift apart.
 */
export type FileKind = 'PEM' | 'PKCS#12 or DER' | 'Java keystore' | 'unknown'

export type Look =
  | { readonly kind: 'PEM'; readonly text: string }
  | { readonly kind: Exclude<FileKind, 'PEM'> }
  | { readonly fault: string }

const keystores = [0xfeedfeed, 0xcececece]

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
  return { kind: bytes[0] === 0x30 ? 'PKCS#12 or DER' : 'unknown' }
}

export function sizeText(bytes: number): string {
  return bytes < 1024 ? `${bytes} bytes` : `${Math.ceil(bytes / 1024)} KiB`
}
