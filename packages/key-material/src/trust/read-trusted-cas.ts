import { createHash, X509Certificate } from 'node:crypto'
import { checkTrustedCas, UnfitCertificate, type Unfitness } from '@mtls-gateway/certificate-rules'
import { distinguishedName, type TrustedCa } from '@mtls-gateway/domain'
import { notCertificates, type TrustedCas, type TrustedCasRefusal } from './trusted-cas.ts'

const certificate = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g

/** Reads and checks the certificates in a text. Works in this process, so run it in a child, see `KeyMaterialPool`. */
export function readTrustedCas(text: string): TrustedCas {
  const found = text.match(certificate) ?? []
  // Anything else in the text, such as a key, is neither kept nor ignored.
  if (found.length === 0 || found.length !== text.split('-----BEGIN').length - 1) return notCertificates()
  try {
    const read = found.map((pem) => new X509Certificate(pem))
    checkTrustedCas(read.map(({ raw }) => raw))
    return { certificates: read.map((each) => each.toString()), facts: read.map(factsOf) }
  } catch (error) {
    // OpenSSL's own message says less.
    return error instanceof UnfitCertificate ? refusalOf(error) : notCertificates()
  }
}

/** The account keeps them for each of its trust lists, and a name may have 16 KiB. */
const maxSubjectLength = 128

function factsOf({ subject, validToDate, raw }: X509Certificate): TrustedCa {
  const name = [...distinguishedName(subject)]
  return {
    subject: name.length <= maxSubjectLength ? name.join('') : `${name.slice(0, maxSubjectLength).join('')}...`,
    notAfter: validToDate.toISOString(),
    fingerprintSha256: createHash('sha256').update(raw).digest('hex'),
  }
}

const codes: Readonly<Record<Unfitness, TrustedCasRefusal['code']>> = {
  malformed: 'PEM_MALFORMED',
  size: 'LIMIT_EXCEEDED',
  key: 'KEY_TYPE_UNSUPPORTED',
}

function refusalOf({ why, message, limit }: UnfitCertificate): TrustedCasRefusal {
  const problem = `holds a certificate that ${message}.`
  return { code: codes[why], problem, ...(limit !== undefined && { limit }) }
}
