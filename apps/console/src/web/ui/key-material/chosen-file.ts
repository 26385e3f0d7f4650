import type { KeyMaterial } from '../../api/key-tester.ts'
import { type FileKind, lookAtFile } from './look-at-file.ts'
import { isEncrypted, pemParts } from './pem-text.ts'

export interface ChosenFile {
  /** What it is called: one file, or the two of a pair. */
  readonly names: readonly string[]
  readonly bytes: number
  readonly kind: FileKind
  /** Undefined while the other half of a pair is missing. */
  readonly material: KeyMaterial | undefined
  readonly pem: { readonly certificates: string; readonly keys: string } | undefined
  /** Known of PEM alone. */
  readonly isEncrypted: boolean
}

export type Choice = { readonly chosen: ChosenFile } | { readonly fault: string }

/** What was dropped or picked. A half of a PEM pair completes `present`, if that is the other half. */
export async function chooseFiles(files: readonly File[], present: ChosenFile | undefined): Promise<Choice> {
  const looks = await Promise.all(files.map(async (file) => ({ file, look: await lookAtFile(file) })))
  let chosen: ChosenFile | undefined = isHalf(present) ? present : undefined
  for (const { file, look } of looks) {
    if ('fault' in look) return { fault: look.fault }
    if (look.kind !== 'PEM') {
      if (files.length > 1) return { fault: 'Give one PKCS#12 file, or a certificate and its key as PEM.' }
      const { name, size } = file
      const { kind } = look
      return {
        chosen: { names: [name], bytes: size, kind, material: { file }, pem: undefined, isEncrypted: false },
      }
    }
    chosen = joined(chosen, pemFile(file.name, look.text))
  }
  return chosen === undefined ? { fault: 'No file was given.' } : { chosen }
}

export const pastedName = 'pasted.pem'

/** A certificate and its key that were pasted. */
export function pastedPem(certificates: string, keys: string): ChosenFile {
  return pemFile(pastedName, `${certificates}\n${keys}`)
}

export function isHalf(chosen: ChosenFile | undefined): chosen is ChosenFile {
  return chosen !== undefined && chosen.material === undefined
}

function pemFile(name: string, text: string): ChosenFile {
  return fromParts([name], text.length, pemParts(text))
}

function joined(before: ChosenFile | undefined, next: ChosenFile): ChosenFile {
  if (before?.pem === undefined || next.pem === undefined) return next
  const { certificates, keys } = before.pem
  // The same half again takes its place.
  const takesPlace = (keys !== '' && next.pem.keys !== '') || (certificates !== '' && next.pem.certificates !== '')
  if (takesPlace) return next
  // The certificate comes first, as commands have it.
  const names = certificates === '' ? [...next.names, ...before.names] : [...before.names, ...next.names]
  return fromParts(names, before.bytes + next.bytes, {
    certificates: certificates || next.pem.certificates,
    keys: keys || next.pem.keys,
  })
}

function fromParts(names: readonly string[], bytes: number, pem: NonNullable<ChosenFile['pem']>): ChosenFile {
  const { certificates, keys } = pem
  const isWhole = certificates !== '' && keys !== ''
  const material = isWhole ? { certificate: certificates, privateKey: keys } : undefined
  return { names, bytes, kind: 'PEM', material, pem, isEncrypted: isEncrypted(keys) }
}
