import { callTarget } from '../call.ts'
import { Dispatchers } from '../dispatchers.ts'
import { TargetGuard } from '../target-guard.ts'
import type { TracedAnswer, TracedJob } from './messages.ts'

/**
 * The child process of a traced call: OpenSSL's trace goes to the standard error of a whole process, so this one makes a
 * single call and ends.
 */
process.once('message', async ({ guard, extraCa, caller, call, deadlineMs }: TracedJob) => {
  writeTraceWhole()
  const dispatchers = new Dispatchers({ guard: new TargetGuard(guard), extraCa, trace: true })
  const report = await callTarget(dispatchers, caller, { ...call, signal: AbortSignal.timeout(deadlineMs) })
  send({ kind: 'report', report }, () => process.disconnect())
})
send({ kind: 'ready' })

function send(answer: TracedAnswer, sent?: () => void): void {
  process.send?.(answer, undefined, undefined, sent)
}

/**
 * Node makes the pipe non-blocking as soon as anything looks at `process.stderr` (`node:assert` does when it is loaded), and
 * OpenSSL drops what does not fit at the moment: of a whole trace a few lines were left.
 */
function writeTraceWhole(): void {
  const { _handle: pipe } = process.stderr as unknown as { _handle: { setBlocking(blocking: boolean): void } }
  pipe.setBlocking(true)
}
