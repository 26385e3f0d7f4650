import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { isTransportError } from '../../src/index.ts'
import { type KnownDifference, refusedHere, takenHere } from './known-differences.ts'
import { mutatedAnswers, validAnswers } from './mutated-answers.ts'
import { NodeClient } from './node-client.ts'
import { type AnswerEvent, type ReadOptions, readAnswer } from './read-answer.ts'

describe("held against Node's own parser", () => {
  let node: NodeClient

  beforeAll(async () => {
    node = await NodeClient.start()
  })
  afterAll(() => node.close())

  /** As `NodeClient.read` has it. */
  function ours(answer: string, options: ReadOptions = {}): readonly AnswerEvent[] | undefined {
    try {
      const { events } = readAnswer(answer, { ...options, closes: true })
      return events.at(-1)?.[0] === 'end' ? events : undefined
    } catch (error) {
      if (isTransportError(error)) return undefined
      throw error
    }
  }

  /** What the two do not read alike, but for what is known. */
  async function differences(answers: readonly string[], options: ReadOptions = {}): Promise<unknown[]> {
    const found: unknown[] = []
    for (const answer of answers) {
      const [here, there] = [ours(answer, options), await node.read(answer, options)]
      if (JSON.stringify(here) === JSON.stringify(there)) continue
      const known = here === undefined ? refusedHere : takenHere
      if (!known.some(({ pattern }) => pattern.test(answer))) found.push({ answer, here, there })
    }
    return found
  }

  it.each(validAnswers)('%j is read, and alike', async (answer) => {
    expect(ours(answer)).toBeDefined()
    expect(await node.read(answer)).toEqual(ours(answer))
  })

  it('answers that are nearly right are read alike, or refused here', async () => {
    expect(await differences(mutatedAnswers(1_000, 1))).toEqual([])
  })

  it('so are answers to HEAD', async () => {
    expect(await differences([...validAnswers, ...mutatedAnswers(400, 2)], { isToHead: true })).toEqual([])
  })

  const named = (all: readonly KnownDifference[]) => all.map((each) => [each.what, each] as const)

  it.each(named(refusedHere))('refused here, and not by Node: %s', async (_what, { example, pattern }) => {
    expect(example).toMatch(pattern)
    expect(ours(example)).toBeUndefined()
    expect(await node.read(example)).toBeDefined()
  })

  it.each(named(takenHere))('read here, and by Node not or otherwise: %s', async (_what, { example, pattern }) => {
    expect(example).toMatch(pattern)
    expect(ours(example)).toBeDefined()
    expect(await node.read(example)).not.toEqual(ours(example))
  })

  it('no answer is taken for one with a known difference that is read alike as it is', () => {
    const known = [...refusedHere, ...takenHere]
    expect(validAnswers.filter((answer) => known.some(({ pattern }) => pattern.test(answer)))).toEqual([])
  })
})
