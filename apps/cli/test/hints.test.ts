import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { describe, expect, it } from '@jest/globals'
import { createProgram } from '../src/program.ts'
import { hints } from '../src/views/hints.ts'

const context = { environment: {}, inputs: {}, output: {} }
// Only its commands and options are asked for.
const program = createProgram(context as never, '1')

/** The command that these words begin with. */
function find(words: readonly string[], command: CommandUnknownOpts = program): CommandUnknownOpts {
  const [word, ...rest] = words
  const next = command.commands.find((each) => each.name() === word)
  return next ? find(rest, next) : command
}

describe('a hint', () => {
  it.each(Object.entries(hints))('for %s names commands and options as they are', (_code, hint) => {
    for (const [, words = ''] of hint.matchAll(/mtls ((?:[\w-]+ ?)+)/g)) {
      const command = find(words.trim().split(' '))
      expect(command.commands).toEqual([])
      for (const flag of words.match(/--[\w-]+/g) ?? []) {
        expect(command.options.map(({ long }) => long)).toContain(flag)
      }
    }
  })
})
