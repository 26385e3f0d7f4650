import type { Call } from '../subject.ts'
import { withSubjects } from '../subjects/start-subjects.ts'
import type { Scenario } from './bench-context.ts'
import { compare } from './compare.ts'

const post = { method: 'POST', identities: 1, closes: false } as const
const sizes: readonly { readonly name: string; readonly call: Call; readonly connections: number }[] = [
  { name: '64 KiB both ways', call: { ...post, path: 'both-64k', bodyBytes: 65_536 }, connections: 32 },
  { name: '1 MiB both ways', call: { ...post, path: 'both-1m', bodyBytes: 1_048_576 }, connections: 8 },
]

/** Bodies that the target reads whole and answers with as many bytes. */
export const bodies: Scenario = (context) =>
  withSubjects({ ...context, identities: 1 }, async ({ all, notes }) => {
    context.steps.expect(sizes.length * all.length * context.rounds)
    const results = []
    for (const { name, ...load } of sizes) results.push(...(await compare(context, all, { name, load })))
    return { results, verdicts: [], notes }
  })
