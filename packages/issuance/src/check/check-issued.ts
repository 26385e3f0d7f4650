import { X509Certificate } from 'node:crypto'
import { UnfitCertificate } from '@mtls-gateway/certificate-rules'
import { type CertificateFacts, type ErrorCode, readableTime } from '@mtls-gateway/domain'
import type { CertifiedChain, KeyMaterialPool, SignedExamination } from '@mtls-gateway/key-material'
import type { Issuance, IssuanceOrder } from '../issuer.ts'
import { IssuerError, type IssuerErrorCode } from '../issuer-error.ts'
import type { IssuerProfile } from '../issuers.ts'
import { hasCertificate, readCaCertificates } from './foreign-pem.ts'

export interface IssuedExpectations {
  readonly profile: Pick<IssuerProfile, 'subject' | 'lifetimeSeconds'>
  /** What the certificate has to lead to, as {@link Issuer.ca} told. */
  readonly ca: string
  /** Reads the answer in a child process. */
  readonly keyMaterial: Pick<KeyMaterialPool, 'examineSigned'>
}

/** An issued certificate that may be staged. */
export interface CheckedIssue extends CertifiedChain {
  /** The same as one PEM text: the leaf first, and without the root. */
  readonly certificates: string
}

/** How far an issuer's clock may be ahead of ours. */
const skewMs = 300_000
const dayMs = 86_400_000

/**
 * Checks what an issuer has answered, whichever it is. Nothing of it is presented to anybody before that.
 * @throws IssuerError with a code that begins with `ISSUED_`; CodedError as {@link KeyMaterialPool.examineSigned}
 */
export async function checkIssued(
  { account, csr }: IssuanceOrder,
  { certificates }: Pick<Extract<Issuance, { state: 'issued' }>, 'certificates'>,
  { profile, ca, keyMaterial }: IssuedExpectations,
  now: Date,
): Promise<CheckedIssue> {
  if (!hasCertificate(certificates)) throw issued('ISSUED_NO_CERTIFICATE', noCertificate)
  const anchors = readAnchors(ca)
  const { readAskedFor } = await import('./signing-request.ts')
  const asked = readAskedFor(csr, profile.subject)
  // Together, as an answer may lack an intermediate that the CA names.
  const together = [certificates, ...anchors.map((anchor) => anchor.toString())].join('\n')
  const input = { certificates: together, spkiSha256: asked.spkiSha256 }
  const { chain: certified, report } = await keyMaterial.examineSigned(account, input)
  if (certified === undefined) throw refusalOf(report)
  checkUsage(certified.facts, report)
  const path = certified.chain.map((pem) => new X509Certificate(pem))
  checkChain(certified.leaf, path, { anchors, now })
  checkDates(certified.facts, path, { lifetimeSeconds: profile.lifetimeSeconds, now })
  checkNames(asked.missingIn(certified.leaf))
  const chain = withoutRoot(certified.chain)
  return { ...certified, chain, certificates: [certified.leaf, ...chain].join('') }
}

const noCertificate = 'The issuer answered with something else than a certificate. Ask whoever runs it what it sends.'

function readAnchors(ca: string): readonly X509Certificate[] {
  try {
    return readCaCertificates(ca)
  } catch (error) {
    if (!(error instanceof UnfitCertificate)) throw error
    throw issued('ISSUED_CHAIN_INVALID', `A certificate of the issuer's CA ${error.message}. Ask whoever runs it.`)
  }
}

const refusals: Partial<Record<ErrorCode, readonly [IssuerErrorCode, string]>> = {
  KEY_CERTIFICATE_MISMATCH: [
    'ISSUED_OTHER_KEY',
    'The certificate is for another key than the signing request. Ask whoever runs the issuer: it mixes up requests.',
  ],
  CERTIFICATE_EXPIRED: [
    'ISSUED_TOO_SHORT',
    'The certificate has expired already. Check the lifetime that the issuer signs, and its clock.',
  ],
  KEY_TOO_WEAK: [
    'ISSUED_CHAIN_INVALID',
    'A key or a signature in the chain is too weak for TLS. The issuer has to sign with SHA-256 and a key of today.',
  ],
}

function refusalOf({ problems }: SignedExamination['report']): IssuerError {
  const found = problems.find(({ severity }) => severity === 'error')
  const known = refusals[found?.code as ErrorCode]
  if (known !== undefined) return issued(...known)
  const message = `The certificate of the issuer can't be used (${found?.code}). Ask whoever runs it what it sends.`
  return issued('ISSUED_NO_CERTIFICATE', message)
}

/**
 * Without any key usage, or extended one, a certificate is for every use. What is a warning of an upload, which
 * somebody reads, is a refusal here: the next thing would be that targets refuse it.
 */
function checkUsage({ clientAuth }: CertificateFacts, { problems }: SignedExamination['report']): void {
  if (problems.some(({ code }) => code === 'KEY_USAGE_UNFIT')) {
    throw issued(
      'ISSUED_WITHOUT_CLIENT_AUTH',
      'The certificate may not sign a handshake: its key usage lacks digitalSignature. The issuer has to allow it for this profile.',
    )
  }
  if (clientAuth !== 'absent') return
  throw issued(
    'ISSUED_WITHOUT_CLIENT_AUTH',
    'The certificate is not for clients: its extended key usage lacks clientAuth. The issuer has to allow it for this profile.',
  )
}

/** Signatures and names from one link to the next have been checked in the child process. */
function checkChain(
  leaf: string,
  path: readonly X509Certificate[],
  { anchors, now }: { readonly anchors: readonly X509Certificate[]; readonly now: Date },
): void {
  const isAnchored = path.some(({ raw }) => anchors.some((anchor) => anchor.raw.equals(raw)))
  if (new X509Certificate(leaf).ca || !isAnchored || path.some(({ ca }) => !ca)) {
    throw issued(
      'ISSUED_CHAIN_INVALID',
      "The certificate does not lead to the issuer's own CA. The issuer has to send its intermediates, or its CA was replaced: ask whoever runs it.",
    )
  }
  if (path.some(({ validFromDate, validToDate }) => validToDate < now || validFromDate > now)) {
    throw issued(
      'ISSUED_CHAIN_INVALID',
      'A CA certificate above the certificate is not valid now. The issuer needs another CA.',
    )
  }
}

function checkDates(
  facts: CertificateFacts,
  path: readonly X509Certificate[],
  { lifetimeSeconds, now }: { readonly lifetimeSeconds: number | undefined; readonly now: Date },
): void {
  const from = new Date(facts.notBefore)
  // With its CA a certificate is over, too.
  const to = new Date(Math.min(Date.parse(facts.notAfter), ...path.map(({ validToDate }) => validToDate.getTime())))
  if (from.getTime() > now.getTime() + skewMs) {
    throw issued(
      'ISSUED_NOT_YET_VALID',
      `The certificate is valid only from ${readableTime(from)} on. Check the clock of the issuer.`,
    )
  }
  // A CA may sign less than it could, for a CA that ends before; less than half is nobody's intention.
  const leastMs = lifetimeSeconds === undefined ? dayMs : (lifetimeSeconds * 1_000) / 2
  if (to.getTime() - now.getTime() >= leastMs) return
  throw issued(
    'ISSUED_TOO_SHORT',
    `The certificate, or a CA above it, expires on ${readableTime(to)}, long before what is expected of the issuer. Check the lifetime that it signs, or set "lifetime" of the profile.`,
  )
}

function checkNames(missing: readonly string[]): void {
  if (missing.length === 0) return
  // These are of our own request.
  const shown = missing.slice(0, 5).join(', ')
  const more = missing.length > 5 ? ` and ${missing.length - 5} more` : ''
  throw issued(
    'ISSUED_OTHER_NAMES',
    `The certificate lacks names that were asked for: ${shown}${more}. The issuer has to allow them, or the request does without.`,
  )
}

/** Targets have the root (RFC 8446 section 4.4.2). Alone it stays: a leaf without any issuer makes people ask. */
function withoutRoot(chain: readonly string[]): readonly string[] {
  const top = chain.at(-1)
  if (chain.length < 2 || top === undefined) return chain
  const { subject, issuer } = new X509Certificate(top)
  return subject === issuer ? chain.slice(0, -1) : chain
}

function issued(code: IssuerErrorCode, message: string): IssuerError {
  return new IssuerError(code, message)
}
