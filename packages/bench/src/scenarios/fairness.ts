import { everyMeasured } from '../fairness/measured-pools.ts'
import { atMost } from '../report/verdict.ts'
import type { Findings, Scenario } from './bench-context.ts'
import { joined } from './bench-context.ts'
import { measurePool } from './measure-pool.ts'

const mostTimes = 2
const longestFirstBlockMs = 100

/** For every shared pool, measures how much one tenant notices while another does its worst. */
export const fairness: Scenario = async (context) => {
  const pools = context.pools ?? everyMeasured
  context.steps.expect(2 * context.rounds * pools.length)
  const findings: Findings[] = []
  for (const pool of pools) {
    const { result, firstFailure } = await measurePool(context, pool)
    const times = result.attackedMs / result.calmMs
    findings.push({
      results: [],
      shares: [result],
      verdicts: [
        atMost(
          mostTimes,
          `${pool}: ${result.quantile} of ${result.operation} under attack, of that without`,
          times,
          'x',
        ),
        atMost(
          longestFirstBlockMs,
          `${pool}: longest block of the event loop until the attack is known`,
          result.firstBlockMs,
          'ms',
        ),
        atMost(0, `${pool}: refused and failed ones`, result.failures),
      ],
      notes: [
        `${pool}: the attacker ${result.attack}`,
        ...(firstFailure === undefined ? [] : [`${pool}: ${firstFailure}`]),
      ],
    })
  }
  return joined(findings)
}
