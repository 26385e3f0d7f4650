import { describe, expect, it } from '@jest/globals'
import { BoundedMemo } from '../src/index.ts'

describe('a bounded memo', () => {
  const limits = { maxTexts: 2, maxLength: 4 }

  it('keeps what was made of a text', () => {
    const memo = new BoundedMemo<string>(limits)
    expect(memo.get('a')).toBeUndefined()
    expect(memo.make('a', (text) => `${text}!`)).toBe('a!')
    expect(memo.get('a')).toBe('a!')
  })

  it('keeps nothing of a text that is too long', () => {
    const memo = new BoundedMemo<number>(limits)
    expect(memo.make('abcde', (text) => text.length)).toBe(5)
    expect(memo.get('abcde')).toBeUndefined()
  })

  it('begins anew when it is full', () => {
    const memo = new BoundedMemo<string>(limits)
    for (const text of ['a', 'b', 'c']) memo.make(text, (copy) => copy)
    expect(['a', 'b', 'c'].map((text) => memo.get(text))).toEqual([undefined, undefined, 'c'])
  })
})
