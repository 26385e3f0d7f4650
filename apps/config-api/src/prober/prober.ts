import type { AccountId } from '@mtls-gateway/domain'
import type { ProbedTarget } from '@mtls-gateway/outbound'
import type { ProbeRequest, SignRequest } from './prober-job.ts'

/** Uses stored keys, which its implementation reads: returns only what targets, or the CA of an account, made of it. */
export interface Prober {
  /**
   * One outcome per url, in the order of the urls. `prepare` writes the audit entry. It is not called before the probe
   * has its place.
   * @throws CodedError `PROBER_NOT_CONFIGURED`, `PROBER_UNAVAILABLE`, `TOO_MANY_CALLS`, `CLIENT_KEY_MISSING`,
   *   `STORE_UNAVAILABLE`, `SHUTTING_DOWN`; `INTERNAL_ERROR` if a process broke; what `prepare` throws
   */
  run(accountId: AccountId, prepare: () => Promise<ProbeRequest>): Promise<readonly ProbedTarget[]>
  /**
   * Signs a request by the CA of an account, for client authentication.
   * @returns the certificate, as PEM
   * @throws CodedError as {@link run}; `VALIDATION_FAILED`: it is no signing request
   */
  sign(accountId: AccountId, request: SignRequest): Promise<string>
  /** Ends every probe at once; they and those that wait fail with `SHUTTING_DOWN`. */
  close(): Promise<void>
}
