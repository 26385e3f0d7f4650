import 'node:assert'
import { readFileSync, writeFileSync, writeSync } from 'node:fs'
import { getPriority } from 'node:os'
import { serveJob } from '../src/worker.ts'

export type TestJob =
  | { readonly kind: 'look' }
  | { readonly kind: 'say' | 'trace'; readonly text: string }
  | { readonly kind: 'write' | 'read'; readonly path: string }
  | { readonly kind: 'crash' | 'hang' | 'signal' }

export interface TestAnswer {
  readonly pid: number
  readonly environment: readonly string[]
  readonly priority: number
}

serveJob<TestJob, TestAnswer>(async (job) => {
  if (job.kind === 'say') process.stderr.write(job.text)
  // As OpenSSL's trace is: past Node's streams.
  if (job.kind === 'trace') writeSync(2, job.text)
  if (job.kind === 'write') writeFileSync(job.path, 'written')
  if (job.kind === 'read') readFileSync(job.path)
  if (job.kind === 'crash') process.exit(3)
  if (job.kind === 'signal') await signalled()
  if (job.kind === 'hang') await new Promise(() => setInterval(() => undefined, 1_000))
  return { pid: process.pid, environment: Object.keys(process.env), priority: getPriority() }
})

/** Node's own handler would open the inspector, and say so on standard error, before the timer is due. */
async function signalled(): Promise<void> {
  process.kill(process.pid, 'SIGUSR1')
  await new Promise((resolve) => setTimeout(resolve, 500))
}
