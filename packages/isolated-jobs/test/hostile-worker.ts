import { closeSync, writeSync } from 'node:fs'
import { receiveJobs, sendToParent } from '../src/worker.ts'

/** What code that has taken the process over does with the pipe to its parent. */
export type HostileJob =
  | { readonly kind: 'write'; readonly pieces: readonly Uint8Array[]; readonly times?: number }
  | { readonly kind: 'close' }

/** Goes on until it is killed. */
receiveJobs<HostileJob>((job) => {
  if (job.kind === 'close') closeSync(3)
  else for (let time = 0; time < (job.times ?? 1); time++) for (const piece of job.pieces) writeSync(3, piece)
  setInterval(() => undefined, 1_000)
})
sendToParent({ kind: 'ready' })
