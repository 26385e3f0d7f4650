import { builtinModules } from 'node:module'
import { serveJob } from '../../src/worker.ts'
import { type AttemptName, attemptNamed, type Surroundings } from './attempts.ts'

export type AttemptJob =
  | { readonly kind: 'list' }
  | { readonly kind: 'try'; readonly names: readonly AttemptName[]; readonly at: Surroundings }

/** What came of an attempt: `refused`, or what it returned. */
export type AttemptResult = 'refused' | { readonly returned: string }

export type AttemptAnswer =
  | { readonly kind: 'listed'; readonly modules: readonly string[]; readonly processMembers: readonly string[] }
  | { readonly kind: 'tried'; readonly results: Readonly<Record<AttemptName, AttemptResult>> }

/** Runs as code would that has taken the process over. */
serveJob<AttemptJob, AttemptAnswer>(async (job) => {
  if (job.kind === 'list') return { kind: 'listed', modules: builtinModules, processMembers: functionsOfProcess() }
  const results: Record<AttemptName, AttemptResult> = {}
  for (const name of job.names) results[name] = await resultOf(() => attemptNamed(name).make(job.at))
  return { kind: 'tried', results }
})

async function resultOf(make: () => unknown): Promise<AttemptResult> {
  try {
    return { returned: String((await make()) ?? '') }
  } catch {
    return 'refused'
  }
}

/** Those of `process` itself, not of every event emitter, and of its parts. */
function functionsOfProcess(): readonly string[] {
  const own = (of: object) =>
    Object.getOwnPropertyNames(of).filter((name) => typeof Reflect.get(of, name) === 'function')
  const parts = { report: process.report, permission: process.permission }
  return [
    ...own(process),
    ...Object.entries(parts).flatMap(([name, part]) => own(part).map((each) => `${name}.${each}`)),
  ]
}
