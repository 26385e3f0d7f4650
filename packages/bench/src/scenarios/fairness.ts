import { everyMeasured, type MeasuredPool } from '../fairness/measured-pools.ts'
import { atMost, type Verdict } from '../report/verdict.ts'
import { type BenchContext, type Findings, joined, type Scenario } from './bench-context.ts'
import { type MeasuredShare, measurePool } from './measure-pool.ts'

const mostTimes = 2
const longestFirstBlockMs = 100

/** For every shared pool, measures how much one tenant notices while another does its worst. */
export const fairness: Scenario = async (context) => {
  const pools = context.pools ?? everyMeasured
  context.steps.expect(2 * context.rounds * pools.length)
  const findings: Findings[] = []
  for (const pool of pools) findings.push(await measured(context, pool))
  return joined(findings)
}

/** One that can't be measured takes nothing from the others: what they have shown is reported. */
async function measured(context: BenchContext, pool: MeasuredPool): Promise<Findings> {
  try {
    return found(pool, await measurePool(context, pool))
  } catch (error) {
    const verdict: Verdict = { ...atMost(0, `${pool}: measurements that came to nothing`, 1), onAnyMachine: true }
    const why = error instanceof Error ? error.message : String(error)
    return { results: [], verdicts: [verdict], notes: [`${pool}: ${why}`] }
  }
}

function found(pool: MeasuredPool, { result, firstFailure }: MeasuredShare): Findings {
  const { quantile, operation, attack, attackedMs, calmMs, firstBlockMs, failures } = result
  const times = attackedMs / calmMs
  return {
    results: [],
    shares: [result],
    verdicts: [
      atMost(mostTimes, `${pool}: ${quantile} of ${operation} under attack, of that without`, times, 'x'),
      atMost(
        longestFirstBlockMs,
        `${pool}: longest block of the event loop until the attack is known`,
        firstBlockMs,
        'ms',
      ),
      atMost(0, `${pool}: refused and failed ones`, failures),
    ],
    notes: [`${pool}: the attacker ${attack}`, ...(firstFailure === undefined ? [] : [`${pool}: ${firstFailure}`])],
  }
}
