import { readFileSync, writeFileSync } from 'node:fs'
import { url } from 'node:inspector'
import { getPriority } from 'node:os'
import { serveJob } from '../src/worker.ts'

export type TestJob =
  | { readonly kind: 'look' }
  | { readonly kind: 'write' | 'read'; readonly path: string }
  | { readonly kind: 'crash' | 'hang' | 'signal' }

export interface TestAnswer {
  readonly pid: number
  readonly environment: readonly string[]
  readonly priority: number
  readonly isInspected: boolean
}

serveJob<TestJob, TestAnswer>(async (job) => {
  if (job.kind === 'write') writeFileSync(job.path, 'written')
  if (job.kind === 'read') readFileSync(job.path)
  if (job.kind === 'crash') process.exit(3)
  if (job.kind === 'signal') await signalled()
  if (job.kind === 'hang') await new Promise(() => setInterval(() => undefined, 1_000))
  const isInspected = url() !== undefined
  return { pid: process.pid, environment: Object.keys(process.env), priority: getPriority(), isInspected }
})

/** Node's own handler would open the inspector before the timer is due. */
async function signalled(): Promise<void> {
  process.kill(process.pid, 'SIGUSR1')
  await new Promise((resolve) => setTimeout(resolve, 500))
}
