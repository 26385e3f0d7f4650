import type { OpenTarget, Verdict } from './target.ts'

/** A target in this process, which looks at one input after the other and has nothing to open. */
export function oneByOne(look: (input: Buffer) => Promise<Verdict>): () => Promise<OpenTarget> {
  return async () => ({
    notes: [],
    run: async (inputs, begin) => {
      const verdicts: Verdict[] = []
      for (const [index, input] of inputs.entries()) {
        begin(index)
        verdicts.push(await look(input))
      }
      return verdicts
    },
    close: async () => {},
  })
}
