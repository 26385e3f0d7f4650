import type { AccountId } from '@mtls-gateway/domain'
import type { SignOrder } from '@mtls-gateway/key-material'

/** The CAs of accounts, one each. Whoever implements it keeps their keys where this process cannot use them. */
export interface AccountCas {
  /** The account's CA, as PEM; undefined: it has not been made. @throws CodedError */
  find(account: AccountId): Promise<string | undefined>
  /** The account's CA, as PEM; it is made if there is none. @throws CodedError */
  certificate(account: AccountId): Promise<string>
  /** Signs by the account's CA. @returns PEM @throws CodedError `VALIDATION_FAILED`: it is no signing request */
  sign(account: AccountId, order: SignOrder): Promise<string>
}
