import { median, medianResult, type Result } from '../report/result.ts'
import { atMost } from '../report/verdict.ts'
import { smallCall } from '../subject.ts'
import { withGateway } from '../subjects/start-subjects.ts'
import type { Scenario } from './bench-context.ts'
import { figuresOf, measureLoad } from './compare.ts'

const identities = 1_000
const connections = 64
/** An instance has room for the nonces of 10,300 calls a second. */
const mostPerSecond = 8_000
/** Signatures hold for 5 minutes, and the generator has no room for the calls of more. */
const secondsAPart = 20
/** Room for the allocator's own growth; a leak of one byte a call would be 7 MiB. */
const mostGrowthMiB = 16

/**
 * Half of what the gateway can do: first for as long as nonces are remembered, which is 601 s, after which
 * as many are forgotten as come; then the minutes in which its memory must not grow.
 */
export const soak: Scenario = (context) =>
  withGateway({ ...context, identities }, async (gateway) => {
    const { directory, settlingMinutes, minutes, steps } = context
    const call = { ...smallCall, identities }
    const parts = (count: number) => Math.ceil((count * 60) / secondsAPart)
    steps.expect(1 + parts(settlingMinutes) + parts(minutes))
    steps.next('warming up')
    const { rps } = await measureLoad(gateway, '', { call, connections, seconds: 10 }, directory)
    const perSecond = Math.min(Math.round(rps / 2), mostPerSecond)
    const load = { call, connections, seconds: secondsAPart, perSecond }
    const run = async (what: string, count: number): Promise<Result[]> => {
      const results: Result[] = []
      for (let part = 1; part <= count; part++) {
        steps.next(`${what}, part ${part} of ${count}`)
        const result = await measureLoad(gateway, `soak, ${perSecond}/s`, load, directory)
        results.push(result)
        steps.end(`${figuresOf(result)}, ${result.rssMiB.toFixed(0)} MiB`)
      }
      return results
    }
    const settling = await run('until nonces have gone round', parts(settlingMinutes))
    const watched = await run('watched', parts(minutes))
    const third = Math.max(1, Math.floor(watched.length / 3))
    const rss = (results: readonly Result[]) => median(results.map(({ rssMiB }) => rssMiB))
    const [first, last] = [rss(watched.slice(0, third)), rss(watched.slice(-third))]
    const errors = [...settling, ...watched].reduce((sum, result) => sum + result.errors, 0)
    return {
      results: [medianResult(watched)],
      verdicts: [
        atMost(mostGrowthMiB, `RSS grows in ${minutes} minutes, from the first third to the last`, last - first, 'MiB'),
        atMost(0, 'failed calls', errors),
      ],
      notes: [
        `soak: RSS every ${secondsAPart} s, MiB: ${[...settling, ...watched].map(({ rssMiB }) => rssMiB.toFixed(0)).join(' ')}`,
      ],
    }
  })
