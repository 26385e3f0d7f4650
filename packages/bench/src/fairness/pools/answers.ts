import { floodOfForwards, smallForward, smallForwards } from '../forwards.ts'
import type { PoolMeasurement, Stage } from '../measurement.ts'
import { newTenant } from '../tenants.ts'

/** The account's share of `forward-calls` has room for more. */
const atOnce = 32

const answers = (attack: string, path: string, urlOf: (stage: Stage) => string): PoolMeasurement => ({
  operation: smallForward,
  attack,
  stateOf: 'forward-calls',
  async prepare(stage) {
    const quiet = await newTenant(stage, 'quiet', ['small'])
    const url = urlOf(stage)
    const hostile = await newTenant(stage, 'hostile', [path], { ...stage.hostileTarget, url })
    return {
      perSecond: 75,
      operate: smallForwards(stage, quiet),
      begin: async () => floodOfForwards(stage, hostile, [`${url}/${path}`], atOnce),
      isAtWorst: (state) => state.inUse >= atOnce / 2,
    }
  },
})

export const longAnswers = answers(
  `reads ${atOnce} answers of 1 GiB at once`,
  '0/1g',
  ({ hostileTarget }) => hostileTarget.url,
)

export const smallRecords = answers(
  `reads ${atOnce} answers in TLS records of one byte each`,
  'endless',
  ({ smallRecords: target }) => target.url,
)

/** As {@link smallRecords}, until its account has no more to spend. */
export const targetCosts: PoolMeasurement = {
  operation: smallForward,
  attack: `reads ${atOnce} answers in TLS records of one byte each, again and again`,
  async prepare(stage) {
    const { isAtWorst: _, ...prepared } = await smallRecords.prepare(stage)
    return { ...prepared, isOver: () => true }
  },
}
