import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { askHidden } from '../src/input/ask-hidden.ts'

function terminal() {
  const shown: string[] = []
  return { input: new PassThrough(), output: { isTTY: true, write: (text: string) => shown.push(text) }, shown }
}

describe('a question for a secret', () => {
  it('is answered by a line, and nothing of it is shown', async () => {
    const { input, output, shown } = terminal()
    const answer = askHidden('Password: ', input, output)
    input.write('correct horse\r')
    expect(await answer).toBe('correct horse')
    expect(shown).toEqual(['Password: ', '\n'])
  })

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is given up by %s', async (_key, typed) => {
    const { input, output } = terminal()
    const answer = askHidden('Password: ', input, output)
    input.write(typed)
    await expect(answer).rejects.toMatchObject({ message: 'Nothing was typed.', exitCode: 2 })
  })
})
