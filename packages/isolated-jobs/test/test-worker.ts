import { writeFileSync } from 'node:fs'
import { serveJob } from '../src/worker.ts'

export type TestJob =
  | { readonly kind: 'look' }
  | { readonly kind: 'say'; readonly text: string }
  | { readonly kind: 'write'; readonly path: string }
  | { readonly kind: 'crash' | 'hang' }

export interface TestAnswer {
  readonly pid: number
  readonly environment: readonly string[]
}

serveJob<TestJob, TestAnswer>(async (job) => {
  if (job.kind === 'say') process.stderr.write(job.text)
  if (job.kind === 'write') writeFileSync(job.path, 'written')
  if (job.kind === 'crash') process.exit(3)
  if (job.kind === 'hang') await new Promise(() => setInterval(() => undefined, 1_000))
  return { pid: process.pid, environment: Object.keys(process.env) }
})
