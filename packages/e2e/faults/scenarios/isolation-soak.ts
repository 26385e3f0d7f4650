import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { root } from '../../test/support/entries.ts'
import type { Figure, Scenario } from '../scenario.ts'

/** What is looked at of the bench's. */
interface BenchReport {
  readonly results: readonly { readonly rps: number; readonly errors: number }[]
  readonly verdicts: readonly (Omit<Figure, 'before' | 'now'> & { readonly figure: number })[]
  readonly notes: readonly string[]
}

/**
 * The bench's scenario of the same name: calls of many accounts at full speed, each of which looks at whose certificate
 * its target saw, while certificates and app keys are replaced.
 */
export const isolationSoak: Scenario = async ({ opened, steps, amount: calls }) => {
  steps.expect(1)
  steps.next(`${calls} calls`)
  const bench = join(root, 'packages/bench/dist/bench.js')
  const args = [bench, '--only', 'isolation-soak', '--calls', String(calls), '--wait', '0', '--json']
  const child = spawn(process.execPath, args, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = once(child, 'close')
  opened.defer(async () => {
    child.kill()
    await ended
  })
  const [output, progress] = await Promise.all([text(child.stdout), text(child.stderr)])
  if (output === '') throw new Error(`the bench reported nothing: ${progress}`)
  const { results, verdicts, notes }: BenchReport = JSON.parse(output)
  const [result] = results
  if (result === undefined) throw new Error(`the bench measured nothing: ${progress}`)
  return {
    figures: verdicts.map(({ what, kind, bound, unit, figure }) => ({
      ...{ what, kind, bound, unit },
      ...{ before: undefined, now: figure },
    })),
    notes: [...notes, `${result.rps.toFixed(0)} calls/s`],
    calls: { made: calls, failed: result.errors },
  }
}
