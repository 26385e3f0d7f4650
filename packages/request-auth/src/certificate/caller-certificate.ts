import { CodedError, type RefusalReason } from '@mtls-gateway/domain'
import { trustDomainOf } from '../bearer/jwt-verifier.ts'
import { type Claims, ruleFor, type TokenRule } from '../bearer/token-rules.ts'
import type { Principal } from '../principal.ts'

/** A caller's certificate whose chain has been verified. */
export interface CallerCertificate {
  /** The names of kind URI. */
  readonly uris: readonly string[]
  /** The names of kind DNS, in lower case. */
  readonly dnsNames: readonly string[]
  /** The parts of its subject, by their short names: `CN`. One that comes more than once is a list. */
  readonly subject: Claims
  readonly isCa: boolean
  /** Milliseconds since 1970. */
  readonly notBeforeMs: number
  readonly notAfterMs: number
}

/** Nothing in a certificate says which accounts and scopes it is for: that is in the rules alone. */
export type CertificateRule = Pick<TokenRule, 'when' | 'services'> & Pick<Principal, 'accounts' | 'scopes'>

/**
 * Who a certificate is of, and what it allows: what the first rule gives that it matches. Rules find its names as the
 * claims `uri`, `dns` and `subject`. The time is looked at by {@link checkCertificateTime}.
 *
 * @throws CodedError `CALLER_CERTIFICATE_INVALID` (401)
 */
export function principalOfCertificate(certificate: CallerCertificate, rules: readonly CertificateRule[]): Principal {
  const { uris, dnsNames, subject, isCa, notAfterMs } = certificate
  if (isCa) throw certificateInvalid('caller-certificate-malformed', 'it is that of a CA')
  if (uris.some(isSpiffe) && (uris.length > 1 || trustDomainOf(uris[0]) === undefined)) {
    throw certificateInvalid('caller-certificate-malformed', 'a SPIFFE ID has to be well-formed, and its only URI')
  }
  const caller = callerOf(certificate)
  const rule = ruleFor({ uri: uris, dns: dnsNames, subject }, rules)
  if (rule === undefined) {
    const because = 'no rule of this gateway matches its names'
    throw certificateInvalid('caller-certificate-without-rule', because, caller)
  }
  const { accounts, scopes, services } = rule
  return {
    kind: 'certificate',
    subject: caller,
    accounts,
    scopes,
    expiresAtMs: notAfterMs,
    ...(services && { services }),
  }
}

/**
 * For each call: connections outlive certificates.
 * @throws CodedError `CALLER_CERTIFICATE_INVALID` (401)
 */
export function checkCertificateTime(
  { notBeforeMs, notAfterMs }: Pick<CallerCertificate, 'notBeforeMs' | 'notAfterMs'>,
  nowMs: number,
): void {
  if (nowMs > notAfterMs) throw certificateInvalid('caller-certificate-expired', 'it has expired. Get a new one')
  if (nowMs < notBeforeMs) throw certificateInvalid('caller-certificate-expired', 'it is not valid yet')
}

/** @param caller whose certificate it is, if that has been verified */
export function certificateInvalid(reason: RefusalReason, because: string, caller?: string): CodedError {
  return new CodedError('CALLER_CERTIFICATE_INVALID', `The client certificate is not accepted: ${because}.`, {
    refusal: { reason, ...(caller !== undefined && { caller }) },
  })
}

function isSpiffe(uri: string): boolean {
  return /^spiffe:/i.test(uri)
}

/**
 * A SPIFFE ID is the same caller's name in a certificate and in a token. Other names begin with their kind, so they can
 * never be mistaken for a token's subject or an app key.
 */
function callerOf({ uris: [uri], dnsNames: [dns], subject }: CallerCertificate): string {
  const other = dns === undefined ? `subject:${partsOf(subject)}` : `dns:${dns}`
  const caller = uri === undefined ? other : isSpiffe(uri) ? uri : `uri:${uri}`
  // It goes into the audit, whose entries are small, and into log lines.
  if (/^[^\p{Cc}]{1,256}$/u.test(caller)) return caller
  throw certificateInvalid(
    'caller-certificate-malformed',
    'its name has more than 256 characters, or control characters',
  )
}

/** With a backslash before a comma in a value (RFC 4514 section 2.4), so that two subjects never read alike. */
function partsOf(subject: Claims): string {
  const escaped = (value: unknown) => String(value).replaceAll(/[\\,]/g, '\\$&')
  return Object.entries(subject)
    .flatMap(([name, value]) => [value].flat().map((each) => `${name}=${escaped(each)}`))
    .join(',')
}
