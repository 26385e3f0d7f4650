import type { CertificateFacts } from './certificate.ts'
import type { VersionDifferenceCode } from './version-difference-codes.ts'

export interface VersionDifference {
  readonly code: VersionDifferenceCode
  /** What it is, as a sentence about the next version. */
  readonly message: string
  /** The value of the version in use. */
  readonly from: string
  /** The value of the next version. */
  readonly to: string
}

export interface ComparedVersion
  extends Pick<CertificateFacts, 'fingerprintSha256' | 'notAfter' | 'subject' | 'issuer' | 'keyType' | 'clientAuth'> {
  /** Undefined: not known, since the store has lost the certificate. They are not compared then. */
  readonly subjectAltNames?: readonly string[] | undefined
}

/**
 * What is unusual about a renewal. A usual one expires later and has another serial number and another key of the same
 * type: nobody has to look at it.
 */
export function versionDifferences(current: ComparedVersion, next: ComparedVersion): readonly VersionDifference[] {
  const difference = (code: VersionDifferenceCode, message: string, from: string, to: string) =>
    from === to ? [] : [{ code, message, from, to }]
  if (current.fingerprintSha256 === next.fingerprintSha256) {
    const message = 'It is the very certificate that is in use already. The file may be the old one.'
    return [{ code: 'SAME_CERTIFICATE', message, from: current.fingerprintSha256, to: next.fingerprintSha256 }]
  }
  const [names, nextNames] = [namesOf(current), namesOf(next)]
  return [
    ...(Date.parse(next.notAfter) < Date.parse(current.notAfter)
      ? difference('EXPIRES_EARLIER', 'It expires earlier.', current.notAfter, next.notAfter)
      : []),
    ...difference(
      'SUBJECT_DIFFERS',
      'It has another subject. Targets that know the client by its subject refuse it.',
      current.subject,
      next.subject,
    ),
    ...(names === undefined || nextNames === undefined
      ? []
      : difference(
          'NAMES_DIFFER',
          'It has other subject alternative names. Targets that know the client by a name refuse it.',
          names,
          nextNames,
        )),
    ...difference(
      'ISSUER_DIFFERS',
      'It has another issuer. Targets refuse it unless they trust that one, too.',
      current.issuer,
      next.issuer,
    ),
    ...difference(
      'KEY_TYPE_DIFFERS',
      'It has a key of another type, which some targets may not take.',
      current.keyType,
      next.keyType,
    ),
    // Any other change lets more through than before.
    ...(next.clientAuth === 'absent'
      ? difference(
          'CLIENT_AUTH_DIFFERS',
          'It is not for client authentication. Many targets refuse it.',
          current.clientAuth,
          next.clientAuth,
        )
      : []),
  ]
}

/** Their order says nothing. */
function namesOf({ subjectAltNames }: ComparedVersion): string | undefined {
  return subjectAltNames?.toSorted().join(', ')
}
