import { shellWord } from '@mtls-gateway/contract/words'
import type { KeyType, SentNames, Subject } from '../../api/signing-requests.ts'

export const keyTypes = [
  { type: 'RSA-2048', label: 'RSA, 2,048 bits' },
  { type: 'RSA-3072', label: 'RSA, 3,072 bits' },
  { type: 'RSA-4096', label: 'RSA, 4,096 bits' },
  { type: 'EC-P256', label: 'EC, P-256' },
  { type: 'EC-P384', label: 'EC, P-384' },
  { type: 'Ed25519', label: 'Ed25519' },
] as const satisfies readonly { readonly type: KeyType; readonly label: string }[]

/** The parts of the subject, in the order of the form; lengths by X.520. */
export const subjectParts = [
  { part: 'commonName', option: 'common-name', label: 'Common name (CN)', hint: 'Often a host name.', maxLength: 64 },
  { part: 'organization', option: 'organization', label: 'Organization (O)', hint: undefined, maxLength: 64 },
  { part: 'organizationalUnit', option: 'organizational-unit', label: 'Unit (OU)', hint: undefined, maxLength: 64 },
  { part: 'locality', option: 'locality', label: 'City (L)', hint: undefined, maxLength: 128 },
  { part: 'state', option: 'state', label: 'State or province (ST)', hint: undefined, maxLength: 128 },
  { part: 'country', option: 'country', label: 'Country (C)', hint: 'Two letters, such as DE.', maxLength: 2 },
] as const

/** As typed. */
export interface RequestedNames {
  readonly subject: Subject
  /** One per line. */
  readonly subjectAltNames: string
}

export function namesOf({ subject, subjectAltNames }: RequestedNames): SentNames {
  const given = Object.entries(subject).filter(([, text]) => text !== undefined && text.trim() !== '')
  const lines = subjectAltNames.split('\n').map((line) => line.trim())
  return { subject: Object.fromEntries(given), subjectAltNames: lines.filter((line) => line !== '') }
}

export interface CommandedRequest {
  readonly name: string
  /** The name of the certificate to renew. */
  readonly renew: string | undefined
  readonly keyType: KeyType
  readonly names: SentNames | undefined
}

/** The line of `mtls` that makes the same request. */
export function requestCommand({ name, renew, keyType, names }: CommandedRequest): string {
  const which =
    renew === undefined ? `--name ${shellWord(name === '' ? 'my-client' : name)}` : `--renew ${shellWord(renew)}`
  return [`mtls csr ${which}`, `--key-type ${keyType}`, ...subjectOptions(names)].join(' ')
}

/** As options of `mtls`. */
export function subjectOptions(names: SentNames | undefined): readonly string[] {
  const subject = subjectParts.flatMap(({ part, option }) => {
    const text = names?.subject[part]
    return text === undefined ? [] : [`--${option} ${shellWord(text)}`]
  })
  return [...subject, ...(names?.subjectAltNames.map((each) => `--subject-alt-name ${shellWord(each)}`) ?? [])]
}
