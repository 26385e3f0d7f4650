import { PassThrough } from 'node:stream'
import { describe, expect, it } from '@jest/globals'
import { ask } from '../src/input/ask.ts'

const secret = { text: 'Password: ', isHidden: true }

function terminal() {
  const shown: string[] = []
  return { input: new PassThrough(), output: { isTTY: true, write: (text: string) => shown.push(text) }, shown }
}

describe('a question', () => {
  it('is answered by a line, and nothing of a secret is shown', async () => {
    const { input, output, shown } = terminal()
    const answer = ask(secret, input, output)
    input.write('correct horse\r')
    expect(await answer).toBe('correct horse')
    expect(shown).toEqual(['Password: ', '\n'])
  })

  it('leaves it to the terminal to show what is no secret, and shows no control character itself', async () => {
    const { input, output, shown } = terminal()
    const answer = ask({ text: 'Delete "a\u001b[2Jb"? ', isHidden: false }, input, output)
    input.write('yes\n')
    expect(await answer).toBe('yes')
    expect(shown).toEqual(['Delete "ab"? '])
  })

  it.each([
    ['Ctrl-C', '\u0003'],
    ['Ctrl-D', '\u0004'],
  ])('is given up by %s', async (_key, typed) => {
    const { input, output } = terminal()
    const answer = ask(secret, input, output)
    input.write(typed)
    await expect(answer).rejects.toMatchObject({ message: 'Nothing was typed.', exitCode: 2 })
  })
})
