import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Campaign, type CampaignOptions } from '../engine/campaign.ts'
import { minimise } from '../engine/minimise.ts'
import { mutate } from '../engine/mutator.ts'
import { seededRandom } from '../engine/random.ts'
import type { FuzzTarget, OpenTarget, Verdict } from '../engine/target.ts'

let folder: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'fuzz-'))
})
afterAll(() => rm(folder, { recursive: true }))

/** Options of a campaign that nobody watches. */
const quiet = (seed: number): CampaignOptions => ({
  ...{ seed, coverage: undefined, begin: () => {}, found: () => {} },
  ...{ findingsFolder: join(folder, 'findings'), notRepeatedFolder: join(folder, 'not-repeated') },
})

/** The target's fault shows only in a case with all three of these, which are found one by one. */
const hidden = ['one', 'two', 'three']

const open: OpenTarget = {
  notes: [],
  run: async (inputs) =>
    inputs.map((input): Verdict => {
      const features = hidden.filter((word) => input.includes(word))
      return features.length === hidden.length ? { finding: `all of them, in ${input.length} bytes` } : { features }
    }),
  close: async () => {},
}

const target: FuzzTarget = {
  name: 'hidden',
  dictionary: [...hidden, 'four', 'five'],
  seeds: () => [Buffer.from('nothing')],
  batch: 8,
  maxBytes: 200,
  open: async () => open,
}

async function casesOf(seed: number): Promise<{ readonly cases: readonly string[]; readonly campaign: Campaign }> {
  const cases: string[] = []
  const begin = (batch: readonly Buffer[], index: number) => void cases.push(String(batch[index]?.toString('latin1')))
  const telling: OpenTarget = {
    ...open,
    run: (inputs, tell) => {
      for (const index of inputs.keys()) tell(index)
      return open.run(inputs, tell)
    },
  }
  const campaign = new Campaign(target, telling, { ...quiet(seed), begin })
  await campaign.start()
  for (let steps = 0; steps < 200; steps++) await campaign.step()
  return { cases, campaign }
}

describe('a campaign', () => {
  it('finds what needs several steps, once, and makes it small', async () => {
    const { campaign } = await casesOf(1)
    expect(campaign.findings.repeated).toHaveLength(1)
    const [found] = campaign.findings.repeated
    expect(found?.finding).toMatch(/^all of them, in 1[01] bytes$/)
    expect(found?.times).toBeGreaterThan(1)
  })

  it('makes the same cases of the same seed, and others of another one', async () => {
    const [{ cases: first }, { cases: again }, { cases: other }] = [
      await casesOf(7),
      await casesOf(7),
      await casesOf(8),
    ]
    expect(again).toEqual(first)
    expect(other).not.toEqual(first)
  })
})

describe('a corpus', () => {
  it('stays small where every case shows something new', async () => {
    let count = 0
    const run = async (inputs: readonly Buffer[]) => inputs.map((): Verdict => ({ features: [`number ${count++}`] }))
    const generate = () => Buffer.alloc(1_000_000)
    const endless = { ...target, generate, batch: 64, maxBytes: 1_000_000 }
    const campaign = new Campaign(endless, { ...open, run }, quiet(1))
    await campaign.start()
    for (let steps = 0; steps < 5; steps++) await campaign.step()
    expect(campaign.corpus.length).toBeGreaterThan(10)
    expect(campaign.corpus.reduce((sum, { length }) => sum + length, 0)).toBeLessThan(40_000_000)
  })
})

describe('what is made smaller', () => {
  it('still fails, and nothing of it can be left out', async () => {
    const fails = async (candidate: Buffer) => candidate.includes('a') && candidate.includes('z')
    expect(String(await minimise(Buffer.from('xxaxxxxxxzxx'), fails, () => true))).toBe('az')
  })
})

describe('a mutated case', () => {
  it('is never longer than it may be', () => {
    const random = seededRandom(1)
    const material = { dictionary: ['word'], others: [Buffer.alloc(90)], maxBytes: 100 }
    let input: Buffer = Buffer.from('something')
    for (let count = 0; count < 2_000; count++) {
      input = mutate(input, random, material)
      expect(input.length).toBeLessThanOrEqual(100)
    }
  })
})
