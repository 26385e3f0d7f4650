import type { TargetGuardOptions } from '../../guard/target-guard.ts'
import type { ConnectionIdentity } from '../../identities/connection-identity.ts'
import type { TargetCall } from '../call.ts'

/** To the child process: the one call that it makes. */
export interface TracedJob {
  readonly guard: TargetGuardOptions
  /** PEM: what is trusted beside the CAs that Node brings along. */
  readonly extraCa: readonly string[]
  readonly identity: ConnectionIdentity
  readonly call: Omit<TargetCall, 'signal'>
  /** For the whole of it. */
  readonly deadlineMs: number
}
