// tsyringe, below @peculiar/x509, refuses to load without it.
import 'reflect-metadata'
import { createHash } from 'node:crypto'
import * as x509 from '@peculiar/x509'

/**
 * What a signing request asks for. Loaded when a certificate is checked, and not before: the library takes as long to
 * load as everything else of this package.
 */
export interface AskedFor {
  /** SHA-256 of the SubjectPublicKeyInfo, base64url. */
  readonly spkiSha256: string
  /** The names that a certificate lacks, as people write them: `CN=client`, `DNS:client.example`. */
  missingIn(certificate: string): readonly string[]
}

/**
 * @param csr one that was made here
 * @param fixed the parts of the subject that the issuer sets, whatever is asked for, in RFC 4514
 */
export function readAskedFor(csr: string, fixed?: string): AskedFor {
  const request = new x509.Pkcs10CertificateRequest(csr)
  const set = fixed === undefined ? [] : partsOf(new x509.Name(fixed))
  const types = new Set(set.map(([type]) => type))
  const subject = [...set, ...partsOf(request.subjectName).filter(([type]) => !types.has(type))]
  const names = [...subject.map(([type, value]) => `${type}=${value}`), ...alternativeNames(request)]
  return {
    spkiSha256: createHash('sha256').update(Buffer.from(request.publicKey.rawData)).digest('base64url'),
    missingIn: (certificate) => {
      const issued = new x509.X509Certificate(certificate)
      const subject = partsOf(issued.subjectName).map(([type, value]) => `${type}=${value}`)
      const present = new Set([...subject, ...alternativeNames(issued)])
      return names.filter((name) => !present.has(name))
    },
  }
}

function partsOf(name: x509.Name): readonly (readonly [string, string])[] {
  return name
    .toJSON()
    .flatMap((part) =>
      Object.entries(part).flatMap(([type, values]) => values.map((value) => [type, String(value)] as const)),
    )
}

const kinds: Readonly<Record<string, string>> = { dns: 'DNS', ip: 'IP', email: 'email', url: 'URI' }

function alternativeNames(source: x509.Pkcs10CertificateRequest | x509.X509Certificate): readonly string[] {
  const extension = source.extensions.find((each) => each instanceof x509.SubjectAlternativeNameExtension)
  return (extension?.names.toJSON() ?? []).map(({ type, value }) => {
    // Host names have no case; of the other kinds a CA changes nothing.
    return `${kinds[type] ?? type}:${type === 'dns' ? value.toLowerCase() : value}`
  })
}
