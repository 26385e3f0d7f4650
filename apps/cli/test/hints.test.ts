import type { CommandUnknownOpts } from '@commander-js/extra-typings'
import { describe, expect, it } from '@jest/globals'
import { createProgram } from '../src/program.ts'
import { hintOf, hints } from '../src/views/hints.ts'

const context = { environment: {}, inputs: {}, output: {}, build: {} }
// Only its commands and options are asked for.
const program = createProgram(context as never)

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

  it('is for why a target was not reached, before that it was not; for names that are none of ours there is none', () => {
    const problem = { type: '', title: '', status: 424, detail: '', instance: '', code: 'TARGET_UNREACHABLE' }
    expect(hintOf({ ...problem, transportCode: 'DEPTH_ZERO_SELF_SIGNED_CERT' })).toContain('mtls target-ca')
    expect(hintOf({ ...problem, transportCode: 'ENOTFOUND' })).toBeUndefined()
    expect(hintOf({ ...problem, code: 'constructor', transportCode: 'toString' })).toBeUndefined()
  })
})
