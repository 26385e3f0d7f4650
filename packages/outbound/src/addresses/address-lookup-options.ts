import type { Bulkhead } from '@mtls-gateway/bulkhead'
import type { TargetGuard } from '../guard/target-guard.ts'
import type { KeptAnswersLimits } from './kept-answers.ts'
import type { NameServersOptions } from './name-servers.ts'

export interface AddressLookupOptions extends NameServersOptions {
  readonly guard: TargetGuard
  /** `/etc/hosts` if left out. */
  readonly hostsFile?: string
  /** How many names are kept at once. */
  readonly keptNames?: KeptAnswersLimits
  /** Divides the look-ups that are under way, by {@link lookUpLimits}; its own by default. */
  readonly places?: Bulkhead | undefined
  /** How long addresses are used, from when they were found, while name servers fail or are slow. Default 0: never. */
  readonly staleMs?: number
  /** How long a call waits for name servers before it uses such addresses. Default 1,000. */
  readonly patienceMs?: number
  /** How long an answer is kept at least, and a failure. Default 1,000 and 2,000. */
  readonly shortestMs?: number
  readonly failureMs?: number
  /** Told when a name is given addresses that have expired; for the next `failureMs` it goes on having them. */
  readonly onStale?: (use: StaleAddresses) => void
}

/** A name whose addresses are used although they have expired. */
export interface StaleAddresses {
  readonly owner: string
  readonly name: string
  /** Since name servers have given them. */
  readonly ageMs: number
  /** Undefined: name servers have not answered yet. */
  readonly error: Error | undefined
}
