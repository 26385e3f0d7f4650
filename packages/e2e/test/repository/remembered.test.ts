import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from '@jest/globals'
import { Remembered } from '../support/remembered.ts'

describe('an answer that is remembered', () => {
  const directory = mkdtempSync(join(tmpdir(), 'remembered-'))
  afterAll(() => rmSync(directory, { recursive: true }))
  const verdicts = join(directory, 'verdicts')
  const open = (...facts: string[]) => new Remembered<string>('answers', facts, directory, verdicts)

  it('is there for the next run, as long as it is asked for and everything else is as it was', () => {
    const first = open('1')
    expect(first.get('a')).toBeUndefined()
    first.set('a', 'A')
    first.set('__proto__', 'P')
    first.save()
    expect(open('2').get('a')).toBeUndefined()

    const second = open('1')
    expect([second.get('a'), second.get('__proto__'), second.get('toString')]).toEqual(['A', 'P', undefined])
    second.save()
    const third = open('1')
    expect(third.get('a')).toBe('A')
    third.save()
    expect(open('1').get('__proto__')).toBeUndefined()
  })

  it('is in the checkout, for those that have not asked yet', () => {
    const elsewhere = new Remembered<string>('answers', ['1'], verdicts, verdicts)
    elsewhere.set('of the checkout', 'V')
    elsewhere.save()
    expect(open('1').get('of the checkout')).toBe('V')
    expect(open('2').get('of the checkout')).toBeUndefined()
  })

  it('is asked again where what was written can not be read', () => {
    writeFileSync(join(directory, 'answers.json'), '{"facts":')
    expect(open('1').get('a')).toBeUndefined()
  })
})
