import type { ErrorCode } from '@mtls-gateway/domain'

/** What a plan keeps of a failure is its code: an issuer's own words may be anything. */
const sentences: Partial<Record<ErrorCode, string>> = {
  ISSUER_PROFILE_UNKNOWN: 'The issuer of this plan is not there any more. Give the plan another profile.',
  ISSUER_UNREACHABLE: 'The issuer cannot be reached. It is asked again.',
  ISSUER_SEALED: 'The issuer is sealed. It is asked again; its operator has to unseal it.',
  ISSUER_FORBIDDEN: 'The issuer refused the login of the gateway. Its operator has to renew or extend it.',
  ISSUER_REFUSED:
    'The issuer refused the names, the key type or the lifetime. Compare the certificate with what its profile allows.',
  ISSUER_ACCOUNT_MISSING: 'The gateway has no account at the issuer. The operator has to set it up.',
  ISSUER_EXPIRES_SOON: "The issuer's own certificate expires too soon to issue more. Its operator has to renew it.",
  ISSUER_PENDING_TOO_LONG: 'The issuer did not answer the order in time. The certificate is ordered anew.',
  ISSUED_NO_CERTIFICATE: 'The issuer answered with something that is no certificate. It is ordered anew.',
  ISSUED_OTHER_KEY: 'The issuer answered with a certificate of another key. It is ordered anew.',
  ISSUED_OTHER_NAMES: 'The issuer answered with a certificate of other names. It is ordered anew.',
  ISSUED_WITHOUT_CLIENT_AUTH: 'The issued certificate is not for client authentication. Have its profile allow that.',
  ISSUED_CHAIN_INVALID: 'The issued certificate does not lead to the CA of the issuer. It is ordered anew.',
  ISSUED_NOT_YET_VALID: 'The issued certificate is not valid yet. Compare the clock of the issuer.',
  ISSUED_TOO_SHORT: 'The issued certificate expires too soon. Have its profile allow a longer lifetime.',
  KEY_CERTIFICATE_MISMATCH: 'The issuer answered with a certificate of another key. It is ordered anew.',
  SOURCE_UNKNOWN: 'The source of this plan is not there any more. Give the plan another one.',
  SOURCE_UNREADABLE:
    'The source cannot be read. It is tried again; the operator of the gateway finds the reason in the log.',
  SOURCE_MISSING: 'The source has neither the certificate nor its key. Whoever writes there has to put both in place.',
  SOURCE_HALF_WRITTEN: 'The source has only a part of the certificate and its key. It is read again when it changes.',
  SOURCE_OTHER_KEY: 'The key in the source is not that of the certificate there. Whoever writes there has to fix that.',
  SOURCE_OLDER: 'What the source has is over, or older than the version in use. Whoever writes there has to renew it.',
  STAGED_PROBE_FAILED:
    'A target did not accept the next version. It is tested again; the last probe says which target, and why.',
  STAGED_NOT_YET_VALID: 'The next version is not valid yet. It is promoted once it is.',
  NEXT_VERSION_DIFFERS:
    'The next version is not a usual renewal of the one in use. Compare the two, and promote it if the differences are meant.',
  MESSAGE_SIGNATURE_INVALID:
    'A mapping has this certificate sign its requests, for which the key of the next version does not do. Change the messageSignature of the mapping.',
  PROMOTION_UNDERWAY: 'Mappings still present different versions. Promote or roll back the rest.',
  APPROVAL_NOT_ALLOWED:
    'The promotion needs approval, and nobody knows any more who has made the credentials that the plan was set by. Set the plan again.',
  TOO_MANY_APPROVALS: 'The promotion needs approval, and too many requests wait already. Have some decided.',
  PROBER_NOT_CONFIGURED: 'This gateway has no prober. Test by hand, and set "test" to "manual".',
  PROBER_UNAVAILABLE: 'The prober cannot be reached. The test is tried again.',
  TOO_MANY_CALLS: 'The gateway was too busy for the step. It is tried again.',
  CERTIFICATE_EXPIRED: 'The next version has expired. Another one is requested.',
  ACCOUNT_FULL: 'The account has no room for more. Delete what is no longer used.',
}

export function failureSentence(code: ErrorCode): string {
  return sentences[code] ?? `The step failed with ${code}. It is tried again.`
}
