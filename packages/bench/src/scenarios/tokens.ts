import { atMost } from '../report/verdict.ts'
import { smallCall } from '../subject.ts'
import type { Scenario } from './bench-context.ts'
import { type Comparison, compareStarts } from './compare.ts'

const connections = 64

function loadOf(name: string, path: string): () => Comparison {
  return () => ({ name, load: { call: { ...smallCall, path }, connections }, warmUpSeconds: 3 })
}

/** What a call costs more whose target wants an access token that is in memory: the same process, with and without. */
export const tokens: Scenario = async (context) => {
  const options = { ...context, peers: [], identities: 1 }
  const pair = [loadOf('without a token', 'small'), loadOf('with a token', 'tokened')]
  // Twice in each round: a process that has run for longer is faster.
  const results = await compareStarts(context, options, [...pair, ...pair])
  const [without, having] = results.filter(({ subject }) => subject === 'mtls-gateway')
  if (without === undefined || having === undefined) throw new Error('both were measured')
  const more = having.cpuUsPerRequest - without.cpuUsPerRequest
  return { results, verdicts: [atMost(3, 'CPU per call for a token that is in memory', more, 'us')], notes: [] }
}
