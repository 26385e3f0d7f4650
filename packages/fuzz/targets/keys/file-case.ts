import type { KeyMaterialInput, SignedInput, TrustedCasInput } from '@mtls-gateway/key-material'
import { mutateDer } from '../../engine/der-mutator.ts'
import type { Random } from '../../engine/random.ts'

/** What a tenant hands in: the first byte says what it is, and a NUL separates texts. */
export type FileCase =
  | { readonly kind: 'file'; readonly input: KeyMaterialInput }
  | { readonly kind: 'signed'; readonly input: SignedInput }
  | { readonly kind: 'cas'; readonly input: TrustedCasInput }

/** The first byte of a PKCS#12 case is the index of its password in this list. */
export const passwords: readonly (string | undefined)[] = ['correct horse', '', undefined, 'secret', 'schlüssel']
const [pem, signed, cas] = [0x45, 0x53, 0x43]

export function fileCase(bytes: Buffer): FileCase {
  const [kind, rest] = [bytes[0] ?? 0, bytes.subarray(1)]
  const [first = '', second = '', ...others] = rest.toString('utf8').split('\0')
  if (kind === pem) {
    const passphrase = others[0]
    const files = { kind: 'pem', certificate: first, privateKey: second } as const
    return { kind: 'file', input: passphrase === undefined ? files : { ...files, passphrase } }
  }
  if (kind === signed) return { kind: 'signed', input: { certificates: first, spkiSha256: second } }
  if (kind === cas) return { kind: 'cas', input: { texts: [first, second, ...others] } }
  const password = passwords[kind % passwords.length]
  const file = { kind: 'pkcs12', bytes: rest } as const
  return { kind: 'file', input: password === undefined ? file : { ...file, password } }
}

export function p12Case(file: Buffer, password: string | undefined): Buffer {
  return Buffer.concat([Buffer.of(Math.max(0, passwords.indexOf(password))), file])
}

export function textCase(kind: 'E' | 'S' | 'C', ...texts: readonly string[]): Buffer {
  return Buffer.from(kind + texts.join('\0'))
}

const block = /(-----BEGIN [^-]+-----\s)([A-Za-z0-9+/=\s]+)(-----END)/g

/** Breaks the DER of a file, or of one block of PEM. */
export function mutateCase(bytes: Buffer, random: Random): Buffer {
  const kind = bytes.subarray(0, 1)
  if (kind[0] !== pem && kind[0] !== signed && kind[0] !== cas)
    return Buffer.concat([kind, mutateDer(bytes.subarray(1), random)])
  const text = bytes.toString('utf8')
  const chosen = random(Math.max(1, [...text.matchAll(block)].length))
  let at = 0
  const mutated = text.replace(block, (whole: string, begin: string, base64: string, end: string) => {
    if (at++ !== chosen) return whole
    return `${begin}${mutateDer(Buffer.from(base64, 'base64'), random).toString('base64')}\n${end}`
  })
  return Buffer.from(mutated)
}
