import type { AccountId } from '@mtls-gateway/domain'

/** A signing request on its way to an issuer. The key that it is for never is. */
export interface IssuanceOrder {
  /**
   * The same for each attempt at one certificate. An issuer that can tell answers a repetition with the same
   * certificate instead of a second one.
   */
  readonly id: string
  /** Whose certificate it is. Only the `local` issuer, which has a CA for each account, does anything with it. */
  readonly account: AccountId
  /** PKCS#10 PEM. */
  readonly csr: string
}

/** What has become of an order. */
export type Issuance =
  /** PEM: the leaf first, then its chain. It has not been checked; {@link checkIssued} does. */
  | { readonly state: 'issued'; readonly certificates: string }
  /** Ask again with this reference, which outlives a restart. `byPeople`: they bring the certificate themselves. */
  | {
      readonly state: 'pending'
      readonly reference: string
      readonly askAgainInMs?: number
      readonly byPeople?: true
    }

/** A CA, or people who stand for one. Adapters never see a private key of an account. */
export interface Issuer {
  /** @throws IssuerError */
  issue(order: IssuanceOrder, signal: AbortSignal): Promise<Issuance>
  /** What has become of a pending order. @throws IssuerError */
  collect(order: IssuanceOrder, reference: string, signal: AbortSignal): Promise<Issuance>
  /** What a target has to trust: PEM, the root last. @throws IssuerError; CodedError `ISSUER_CA_NOT_MADE` */
  ca(account: AccountId, signal: AbortSignal): Promise<string>
  /** Whether it would issue now, as far as that can be known without issuing. @throws IssuerError */
  check(signal: AbortSignal): Promise<void>
  close(): Promise<void>
}
