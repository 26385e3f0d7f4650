/** Why an issuer gave no certificate that could be used. */
export type IssuerErrorCode =
  | 'ISSUER_UNREACHABLE'
  | 'ISSUER_SEALED'
  | 'ISSUER_FORBIDDEN'
  /** Names, key type or lifetime are not what the issuer signs. */
  | 'ISSUER_REFUSED'
  | 'ISSUER_ACCOUNT_MISSING'
  | 'ISSUER_EXPIRES_SOON'
  | 'ISSUER_PENDING_TOO_LONG'
  | 'ISSUED_NO_CERTIFICATE'
  | 'ISSUED_OTHER_KEY'
  | 'ISSUED_OTHER_NAMES'
  | 'ISSUED_WITHOUT_CLIENT_AUTH'
  | 'ISSUED_CHAIN_INVALID'
  | 'ISSUED_NOT_YET_VALID'
  | 'ISSUED_TOO_SHORT'

/** Nothing of an issuer's answer is in the message but what was checked: it may be anything. */
export class IssuerError extends Error {
  override readonly name = 'IssuerError'
  readonly code: IssuerErrorCode

  /** @param message a sentence: what happened, then what to do */
  constructor(code: IssuerErrorCode, message: string, options?: ErrorOptions) {
    super(message, options)
    this.code = code
  }
}
