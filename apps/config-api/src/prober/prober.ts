import type { AccountId } from '@mtls-gateway/domain'
import type { ProbedTarget } from '@mtls-gateway/outbound'
import type { ProbeRequest } from './prober-job.ts'

/** Probes targets with stored certificates. The implementation reads the keys and returns only a report. */
export interface Prober {
  /**
   * One outcome per url, in the order of the urls. `prepare` writes the audit entry. It is not called before the probe
   * has its place.
   * @throws CodedError `PROBER_NOT_CONFIGURED`, `PROBER_UNAVAILABLE`, `TOO_MANY_CALLS`, `CLIENT_KEY_MISSING`,
   *   `STORE_UNAVAILABLE`, `SHUTTING_DOWN`; `INTERNAL_ERROR` if a process broke; what `prepare` throws
   */
  run(accountId: AccountId, prepare: () => Promise<ProbeRequest>): Promise<readonly ProbedTarget[]>
  /** Ends every probe at once; they and those that wait fail with `SHUTTING_DOWN`. */
  close(): Promise<void>
}
