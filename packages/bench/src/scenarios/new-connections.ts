import { smallCall } from '../subject.ts'
import { withSubjects } from '../subjects/start-subjects.ts'
import type { Scenario } from './bench-context.ts'
import { compare } from './compare.ts'

/** Small answers, each over a new connection to the subject; those to the target are kept, except the tunnel's. */
export const newConnections: Scenario = (context) =>
  withSubjects({ ...context, identities: 1 }, async ({ all, notes }) => {
    context.steps.expect(all.length * context.rounds)
    const load = { call: { ...smallCall, closes: true }, connections: 64 }
    return { results: await compare(context, all, { name: 'small, new connections', load }), verdicts: [], notes }
  })
