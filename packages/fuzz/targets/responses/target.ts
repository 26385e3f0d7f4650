import { validAnswers } from '../../../outbound/test/http1/mutated-answers.ts'
import { cut, singleBytes } from '../../engine/pieces.ts'
import { seededRandom, seedOf } from '../../engine/random.ts'
import type { FuzzTarget, OpenTarget, Verdict } from '../../engine/target.ts'
import { unknownDifference } from './differences.ts'
import { generateAnswer, words } from './grammar.ts'
import { nodeReading } from './node-reader.ts'
import { openOtherReaders } from './other-readers.ts'
import { answerCase, type OurReading, ourReading, type Reading } from './reading.ts'

/** The response parser, compared with those of others, and with itself on the same bytes in other pieces. */
export const responses: FuzzTarget = {
  name: 'responses',
  dictionary: words,
  seeds: () => ['G', 'H'].flatMap((kind) => validAnswers.map((answer) => Buffer.from(kind + answer, 'latin1'))),
  generate: generateAnswer,
  covered: /\/outbound\/src\/http1\//,
  batch: 64,
  maxBytes: 40_000,
  open: async ({ withOthers }): Promise<OpenTarget> => {
    const { readers, notes } = withOthers ? openOtherReaders() : { readers: [], notes: [] }
    return {
      notes,
      run: async (inputs, begin) => {
        const asked = Promise.all(readers.map((reader) => reader.ask(inputs)))
        const own: Own[] = []
        for (const [index, input] of inputs.entries()) {
          begin(index)
          own.push(await look(input))
        }
        const answers = await asked
        return own.map(({ verdict, text, whole }, index) => {
          if (verdict.finding !== undefined) return verdict
          const differences = readers.flatMap((reader, at) => {
            // null: it refuses the answer.
            const theirs = (answers[at]?.[index] ?? undefined) as Reading | undefined
            return unknownDifference(reader.name, text, whole.reading, theirs, whole.hasLimit) ?? []
          })
          return differences[0] === undefined ? verdict : { finding: differences[0] }
        })
      },
      close: async () => {
        for (const reader of readers) reader.close()
      },
    }
  },
}

interface Own {
  readonly verdict: Verdict
  /** One character per byte. */
  readonly text: string
  readonly whole: OurReading
}

async function look(input: Buffer): Promise<Own> {
  const answer = answerCase(input)
  const { bytes } = answer
  const text = bytes.toString('latin1')
  const whole = ourReading(answer, [bytes])
  const random = seededRandom(seedOf(input))
  const cuts = [...(bytes.length < 2_000 ? [singleBytes(bytes)] : []), cut(bytes, random), cut(bytes, random)]
  if (cuts.some((pieces) => ourReading(answer, pieces).told !== whole.told)) {
    return { text, whole, verdict: { finding: 'what is read depends on how the bytes are cut' } }
  }
  const { reading, hasLimit, shape } = whole
  const finding = unknownDifference('Node', text, reading, await nodeReading(answer), hasLimit)
  return { text, whole, verdict: finding === undefined ? { features: [shape] } : { finding } }
}
