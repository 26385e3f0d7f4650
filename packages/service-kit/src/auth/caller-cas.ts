import { X509Certificate } from 'node:crypto'
import { createSecureContext } from 'node:tls'
import { checkTrustedCas, readPemCertificates, UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { CodedError } from '@mtls-gateway/domain'
import { readText } from './rules-file.ts'

/** The CAs whose certificates callers may show. */
export interface CallerCas {
  /** PEM, for TLS. */
  readonly ca: string
  /** PEM of revocation lists; undefined: nothing is looked up. */
  readonly crl: string | undefined
  readonly fingerprints: ReadonlySet<string>
  /** The fingerprint of the one that has issued a certificate; undefined: an intermediate of its caller's has. */
  readonly issuerOf: (certificate: X509Certificate) => string | undefined
  /** When the first of them expires, in milliseconds since 1970. */
  readonly notAfterMs: number
}

const lists = /-----BEGIN X509 CRL-----[^-]+-----END X509 CRL-----\s*/g

/** @throws CodedError `CONFIGURATION_INVALID` */
export function readCallerCas(file: string): CallerCas {
  const text = readText('CALLER_CA_FILE', file)
  const crl = text.match(lists)?.join('')
  const pem = text.replaceAll(lists, '')
  const ders = certificatesIn(pem, file)
  const cas = ders.map((der) => new X509Certificate(der))
  const other = cas.findIndex((each) => !each.ca)
  if (other >= 0) throw invalid(file, `certificate ${other + 1} is not that of a CA`)
  if (!cas.some((each) => each.checkIssued(each))) throw invalid(file, 'it has no root, which has issued itself')
  const ca = cas.map(String).join('')
  try {
    createSecureContext({ ca, crl })
  } catch (cause) {
    throw invalid(file, 'a revocation list cannot be read', cause)
  }
  return {
    ca,
    crl,
    fingerprints: new Set(cas.map(({ fingerprint256 }) => fingerprint256)),
    issuerOf: (certificate) => cas.find((each) => certificate.checkIssued(each))?.fingerprint256,
    notAfterMs: Math.min(...cas.map(({ validToDate }) => validToDate.getTime())),
  }
}

function certificatesIn(pem: string, file: string): readonly Buffer[] {
  try {
    const ders = readPemCertificates(pem)
    checkTrustedCas(ders)
    return ders
  } catch (error) {
    if (!(error instanceof UnfitCertificate)) throw error
    throw invalid(file, `a certificate ${error.message}`, error)
  }
}

function invalid(file: string, because: string, cause?: unknown): CodedError {
  return new CodedError('CONFIGURATION_INVALID', `CALLER_CA_FILE (${file}) cannot be used: ${because}.`, { cause })
}
