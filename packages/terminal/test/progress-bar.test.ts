import { describe, expect, it } from '@jest/globals'
import { ProgressBar, type ProgressOptions } from '../src/progress-bar.ts'

function drawnBar({
  columns = 80,
  isTTY = true,
  ...options
}: ProgressOptions & { columns?: number; isTTY?: boolean } = {}) {
  const written: string[] = []
  let time = 0
  const stream = { isTTY, columns, write: (text: string) => written.push(text) > 0 }
  const bar = new ProgressBar(stream, { ...options, now: () => time })
  return { bar, written, pass: (ms: number) => (time += ms) }
}

describe('a progress bar', () => {
  it('writes nothing where there is no terminal', () => {
    const written: string[] = []
    const bar = new ProgressBar({ write: (text) => written.push(String(text)) > 0 })

    bar.show(1, 2, 'accounts')
    bar.clear()

    expect(written).toEqual([])
  })

  it('writes a plain line every ten seconds there for a command that takes minutes, and the end always', () => {
    const { bar, written, pass } = drawnBar({ isTTY: false, writesLines: true })

    bar.show(0, 4, '0 of 4 accounts')
    pass(9_999)
    bar.show(1, 4, '1 of 4 accounts')
    pass(1)
    bar.show(2, 4, '2 of 4\u001b[2J accounts')
    bar.show(4, 4, '4 of 4 accounts')
    bar.clear()

    expect(written).toEqual([
      '  0 %  0 of 4 accounts\n',
      expect.stringMatching(/^ 50 % {2}2 of 4/),
      '100 %  4 of 4 accounts\n',
    ])
    // biome-ignore lint/suspicious/noControlCharactersInRegex: there must be none
    expect(written.join('')).not.toMatch(/[\r\u001b]/)
  })

  it('draws the share that is done over what it drew before', () => {
    const { bar, written } = drawnBar()

    bar.show(1, 3, '1 of 3 accounts')

    expect(written).toEqual([`\r\u001b[K${'█'.repeat(10)}${'░'.repeat(20)}  33 %  1 of 3 accounts`])
  })

  it('draws ten times a second at most, and the end always', () => {
    const { bar, written, pass } = drawnBar()

    bar.show(1, 4, '')
    bar.show(2, 4, '')
    pass(100)
    bar.show(3, 4, '')
    bar.show(4, 4, '')

    expect(written.map((text) => /\d+ %/.exec(text)?.[0])).toEqual(['25 %', '75 %', '100 %'])
  })

  it('stays in one line of a narrow terminal', () => {
    const { bar, written } = drawnBar({ columns: 40 })

    bar.show(1, 2, 'a long text that does not fit')

    expect(written[0]?.replace('\r\u001b[K', '')).toHaveLength(39)
  })

  it('is full where there is nothing to do', () => {
    const { bar, written } = drawnBar()

    bar.show(0, 0, '')

    expect(written[0]).toContain('100 %')
  })
})
