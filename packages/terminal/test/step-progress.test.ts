import { describe, expect, it } from '@jest/globals'
import { StepProgress } from '../src/step-progress.ts'

function written(isTTY: boolean, options?: ConstructorParameters<typeof StepProgress>[1]) {
  const lines: string[] = []
  const line = Promise.withResolvers<string>()
  const write = (text: string) => {
    lines.push(text)
    line.resolve(text)
  }
  return { lines, first: line.promise, progress: new StepProgress({ isTTY, columns: 80, write }, options) }
}

describe('the progress of steps', () => {
  it('is a plain line for each step as it ends, where there is no terminal', () => {
    const { lines, progress } = written(false)

    progress.expect(10)
    progress.next('nginx, round 1 of 5')
    expect(lines).toEqual([])
    progress.next('caddy, round 1 of 5')
    progress.end('18939 requests/s')
    progress[Symbol.dispose]()

    expect(lines).toEqual([
      expect.stringMatching(/^\[ 1\/10\] nginx, round 1 of 5: \d+\.\d s\n$/),
      expect.stringMatching(/^\[ 2\/10\] caddy, round 1 of 5: 18939 requests\/s, \d+\.\d s\n$/),
    ])
  })

  it('has a line now and then for a step that takes long', async () => {
    const { first, progress } = written(false, { everyMs: 1 })

    progress.expect(1)
    progress.next('caddy is built')

    expect(await first).toMatch(/^\[1\/1\] caddy is built: \d+\.\d s so far\n$/)
    progress[Symbol.dispose]()
  })

  it('names the step in which the work was given up', () => {
    const { lines, progress } = written(false)

    progress.next('nginx starts')
    progress[Symbol.dispose]()

    expect(lines).toEqual([expect.stringMatching(/^\[1\/1\] nginx starts: not finished after \d+\.\d s\n$/)])
  })

  it('has no escape sequences of what it tells', () => {
    const { lines, progress } = written(false)

    progress.next('a\u001b[2Jb\rc')
    progress.end('\u001b[31mred')

    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(lines.join('')).not.toMatch(/[\r\u001b]/)
  })

  it('is a bar on a terminal, which is gone at the end', () => {
    const { lines, progress } = written(true)

    progress.expect(2)
    progress.next('nginx')
    progress.end('fast')
    progress[Symbol.dispose]()

    expect(lines).toEqual([`\r\u001b[K${'░'.repeat(30)}   0 %  nginx`, '\r\u001b[K'])
  })
})
