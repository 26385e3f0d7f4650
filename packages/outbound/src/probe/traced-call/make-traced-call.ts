import { TargetGuard, type TargetGuardOptions } from '../../addresses/target-guard.ts'
import type { ConnectionIdentity } from '../../identities/connection-identity.ts'
import { UpstreamPools } from '../../pools/upstream-pools.ts'
import { callTarget, type TargetCall, type TargetCallReport } from '../call.ts'

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

/** For a process that makes this call and no other: OpenSSL's trace goes to the standard error of the whole process. */
export function makeTracedCall({ guard, extraCa, identity, call, deadlineMs }: TracedJob): Promise<TargetCallReport> {
  // A call that ends with the handshake is not about what the trace tells, and nobody has to read it.
  const trace = call.endsWithHandshake !== true
  const upstreams = new UpstreamPools({ guard: new TargetGuard(guard), extraCa, trace })
  return callTarget(upstreams, identity, { ...call, signal: AbortSignal.timeout(deadlineMs) })
}
