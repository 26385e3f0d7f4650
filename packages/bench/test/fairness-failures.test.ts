import { describe, expect, it } from '@jest/globals'
import type { Steps } from '@mtls-gateway/terminal'
import type { BenchContext } from '../src/scenarios/bench-context.ts'
import { fairness } from '../src/scenarios/fairness.ts'

describe('pools that cannot be measured', () => {
  it('each fail by a verdict that no busy machine excuses, and the next one is measured', async () => {
    const steps: Steps = { expect: () => {}, next: () => {}, end: () => {} }
    // Nothing can be started in a folder that is not there.
    const pools = ['look-ups of forwarder-api', 'key-files of config-api'] as const
    const context = { directory: '/nowhere/at/all', rounds: 1, seconds: 1, pools, steps } as unknown as BenchContext

    const { verdicts, notes } = await fairness(context)

    expect(verdicts).toEqual(
      pools.map((pool) => ({
        what: `${pool}: measurements that came to nothing`,
        ...{ figure: 1, bound: 0, kind: 'at most', unit: '', onAnyMachine: true },
      })),
    )
    expect(notes).toEqual(pools.map((pool) => expect.stringContaining(`${pool}: ENOENT`)))
  })
})
