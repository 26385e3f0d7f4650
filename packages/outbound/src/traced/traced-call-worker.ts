import { serveJob } from '@mtls-gateway/isolated-jobs/worker'
import { callTarget, type TargetCallReport } from '../call.ts'
import { Dispatchers } from '../dispatchers.ts'
import { TargetGuard } from '../target-guard.ts'
import type { TracedJob } from './traced-job.ts'

/** A traced call: OpenSSL's trace goes to the standard error of a whole process, so this one makes a single call. */
serveJob<TracedJob, TargetCallReport>(({ guard, extraCa, caller, call, deadlineMs }) => {
  writeTraceWhole()
  const dispatchers = new Dispatchers({ guard: new TargetGuard(guard), extraCa, trace: true })
  return callTarget(dispatchers, caller, { ...call, signal: AbortSignal.timeout(deadlineMs) })
})

/**
 * Node makes the pipe non-blocking as soon as anything looks at `process.stderr` (`node:assert` does when it is loaded), and
 * OpenSSL drops what does not fit at the moment: of a whole trace a few lines were left.
 */
function writeTraceWhole(): void {
  const { _handle: pipe } = process.stderr as unknown as { _handle: { setBlocking(blocking: boolean): void } }
  pipe.setBlocking(true)
}
