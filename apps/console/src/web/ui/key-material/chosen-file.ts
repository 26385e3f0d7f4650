import { shellWord } from '@mtls-gateway/contract/words'
import type { KeyMaterial } from '../../api/key-tester.ts'
import { type FileKind, lookAtFile } from './look-at-file.ts'
import { isEncrypted, type PemParts, pemParts } from './pem-text.ts'

interface PemFile extends PemParts {
  readonly name: string
  readonly bytes: number
}

export interface ChosenFile {
  /** What it is called: one file, or those that it comes in, the key last. */
  readonly names: readonly string[]
  readonly bytes: number
  readonly kind: FileKind
  /** Undefined while the certificate or its key is missing. */
  readonly material: KeyMaterial | undefined
  /** What it comes in, if that is PEM. */
  readonly pem: readonly PemFile[] | undefined
  /** Known of PEM alone. */
  readonly isEncrypted: boolean
}

export type Choice = { readonly chosen: ChosenFile } | { readonly fault: string }

/**
 * What was dropped or picked. PEM files add up with those that are `present`: certificates, of which the gateway takes
 * the one of the key and its chain, and one key.
 */
export async function chooseFiles(files: readonly File[], present: ChosenFile | undefined): Promise<Choice> {
  const looks = await Promise.all(files.map(async (file) => ({ file, look: await lookAtFile(file) })))
  let chosen = present
  for (const { file, look } of looks) {
    if ('fault' in look) return { fault: look.fault }
    const { name, size } = file
    const pem = 'text' in look ? { name, bytes: size, ...pemParts(look.text) } : undefined
    if (pem === undefined || isOther(pem, chosen)) {
      if (files.length > 1) return { fault: 'Give one PKCS#12 file, or a certificate and its key as PEM.' }
      if (look.kind === 'unknown' && chosen?.pem !== undefined) {
        return {
          fault: `${name} is neither a certificate nor a key, and was not added. To check it alone, remove the other first.`,
        }
      }
      const { kind } = look
      return {
        chosen: { names: [name], bytes: size, kind, material: { file }, pem: undefined, isEncrypted: false },
      }
    }
    chosen = fromPem(joined(chosen?.pem ?? [], pem), look.kind)
  }
  return chosen === undefined ? { fault: 'No file was given.' } : { chosen }
}

export const pastedName = 'pasted.pem'

/** A certificate and its key that were pasted. */
export function pastedPem(certificates: string, keys: string): ChosenFile {
  const text = `${certificates}\n${keys}`
  return fromPem([{ name: pastedName, bytes: text.length, ...pemParts(text) }])
}

/** The certificate or the key, without the other. */
export function missingPart({ pem, material }: ChosenFile): 'key' | 'certificate' | undefined {
  if (pem === undefined || material !== undefined) return undefined
  return pem.some(({ keys }) => keys !== '') ? 'certificate' : 'key'
}

/** A command with the words for the files: `client.p12`, `client.pem --key client.key`, or several that are joined. */
export function withFiles(
  { names, pem = [] }: Pick<ChosenFile, 'names' | 'pem'>,
  command: (words: string) => string,
): string {
  const key = pem.length > 1 ? pem.find(isKeyAlone)?.name : undefined
  const withKey = key === undefined ? '' : ` --key ${shellWord(key)}`
  const files = names.filter((name) => name !== key).map(shellWord)
  const [file = ''] = files
  return files.length > 1 ? `cat ${files.join(' ')} | ${command(`-${withKey}`)}` : command(file + withKey)
}

/** Such as a signing request: only the gateway says what it is. */
function isOther({ certificates, keys }: PemFile, chosen: ChosenFile | undefined): boolean {
  return chosen?.pem === undefined && keys === '' && !certificates.includes(' CERTIFICATE-----')
}

function isKeyAlone({ certificates, keys }: PemFile): boolean {
  return keys !== '' && certificates === ''
}

function joined(before: readonly PemFile[], next: PemFile): readonly PemFile[] {
  const isWhole = next.certificates !== '' && next.keys !== ''
  if (isWhole) return [next]
  // A file that is given again was corrected, and there is one key.
  const kept = before.filter((file) => file.name !== next.name && !(next.keys !== '' && isKeyAlone(file)))
  return isKeyAlone(next) ? [...kept, next] : [...kept.filter((f) => !isKeyAlone(f)), next, ...kept.filter(isKeyAlone)]
}

function fromPem(pem: readonly PemFile[], kind: FileKind = 'PEM'): ChosenFile {
  const certificates = pem
    .map((file) => file.certificates)
    .filter((text) => text !== '')
    .join('\n')
  // A key of its own takes the place of one that came with a certificate.
  const keys = pem.findLast((file) => file.keys !== '')?.keys ?? ''
  return {
    names: pem.map(({ name }) => name),
    bytes: pem.reduce((sum, { bytes }) => sum + bytes, 0),
    kind: pem.length === 1 ? kind : 'PEM',
    material: certificates !== '' && keys !== '' ? { certificate: certificates, privateKey: keys } : undefined,
    pem,
    isEncrypted: isEncrypted(keys),
  }
}
