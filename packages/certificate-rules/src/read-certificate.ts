import { DerReader, derTags } from './der-reader.ts'

export interface Certificate {
  /** A Name, as it is written: its e-mail addresses and common names are compared with name constraints, too. */
  readonly subject: Buffer
  /** A SubjectPublicKeyInfo. */
  readonly publicKey: DerReader
  /** The values of those that OpenSSL goes through again and again; each is there once, or OpenSSL takes none. */
  readonly extensions: Readonly<Record<keyof typeof extensionIds, readonly Buffer[]>>
}

/** As hex of the content of an OBJECT IDENTIFIER (RFC 5280 section 4.2.1). */
const extensionIds = { alternativeNames: '551d11', nameConstraints: '551d1e', revocationLists: '551d1f' } as const
const tags = { version: 0xa0, issuerId: 0x81, subjectId: 0x82, extensions: 0xa3 } as const

/**
 * Reads a certificate in DER (RFC 5280 section 4.1).
 * @throws MalformedDer where it is none, or is written in a way that others might read differently
 */
export function readCertificate(der: Buffer): Certificate {
  const outer = new DerReader(der)
  const certificate = outer.sequence()
  outer.end()
  const signed = certificate.sequence()
  certificate.read(derTags.sequence) // signatureAlgorithm
  certificate.read(derTags.bitString)
  certificate.end()
  signed.readOptional(tags.version)
  signed.read(derTags.integer) // serialNumber
  for (const _ of ['signature', 'issuer', 'validity']) signed.read(derTags.sequence)
  const subject = signed.whole(derTags.sequence)
  const publicKey = signed.sequence()
  signed.readOptional(tags.issuerId)
  signed.readOptional(tags.subjectId)
  const extensions = readExtensions(signed.readOptional(tags.extensions))
  signed.end()
  const valuesOf = (id: string) => extensions.filter((each) => each.id === id).map(({ value }) => value)
  return {
    subject,
    publicKey,
    extensions: {
      alternativeNames: valuesOf(extensionIds.alternativeNames),
      nameConstraints: valuesOf(extensionIds.nameConstraints),
      revocationLists: valuesOf(extensionIds.revocationLists),
    },
  }
}

const constructed = 0x20

interface Extension {
  readonly id: string
  readonly value: Buffer
}

function readExtensions(explicit: Buffer | undefined): readonly Extension[] {
  if (explicit === undefined) return []
  const outer = new DerReader(explicit)
  const list = outer.sequence()
  outer.end()
  const extensions: Extension[] = []
  while (!list.isAtEnd) {
    const extension = list.sequence()
    const id = extension.read(derTags.objectIdentifier).toString('hex')
    extension.readOptional(derTags.boolean) // critical
    const value = extension.read(derTags.octetString)
    checkValue(value)
    extensions.push({ id, value })
    extension.end()
  }
  return extensions
}

/** OpenSSL takes the element that a value begins with, and leaves what follows: it would be counted as none. */
function checkValue(value: Buffer): void {
  const [tag = 0] = value
  if ((tag & constructed) === 0) return
  const reader = new DerReader(value)
  reader.read(tag)
  reader.end()
}
