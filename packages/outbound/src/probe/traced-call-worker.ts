import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import { TargetGuard } from '../addresses/target-guard.ts'
import { UpstreamPools } from '../pools/upstream-pools.ts'
import { callTarget, type TargetCallReport } from './call.ts'
import type { TracedJob } from './traced-calls.ts'

/** The process of a single traced call. */
serveJob(({ guard, extraCa, proxy, identity, call, deadlineMs }: TracedJob): Promise<TargetCallReport> => {
  const upstreams = new UpstreamPools({ guard: new TargetGuard(guard), extraCa, egress: proxy && (() => proxy) })
  return callTarget(upstreams, identity, { ...call, isTraced: true, signal: AbortSignal.timeout(deadlineMs) })
})
