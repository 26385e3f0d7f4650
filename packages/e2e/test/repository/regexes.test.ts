import { globSync, readFileSync } from 'node:fs'
import { beforeAll, describe, expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'
import { RegexJudge, regexesIn, type SlowRegex } from '../support/regexes.ts'

/** A few take seconds of processor time, or ten times as long where recheck has no binary for the platform. */
const limitMs = 900_000

/** Our own regexes that are slow on long text, and what bounds that text: `'/source/flags': 'why'`. */
const bounded: Readonly<Record<string, string>> = {}

describe('the regexes of apps and packages', () => {
  // What runs tests sees nothing but the checkout.
  const files = globSync('{apps,packages}/*/src/**/*.{ts,tsx,mts,cts,js}', {
    cwd: root,
    exclude: ['packages/test-runner/**'],
  })
  const sources = files.map((file) => regexesIn(file, readFileSync(`${root}${file}`, 'utf8')))
  const literals = sources.flatMap((source) => source.literals)
  let slow: readonly SlowRegex[]
  beforeAll(async () => {
    const judge = new RegexJudge('own-regexes')
    slow = await judge.slowOnes(literals, 60_000)
    judge.save()
  }, limitMs)

  it('are literals, which can be judged beforehand', () => {
    expect(literals.length).toBeGreaterThan(100)
    expect(sources.filter(({ isDynamic }) => isDynamic)).toEqual([])
  })

  it('take linear time, or their text is bounded', () => {
    expect(slow.filter(({ literal }) => bounded[literal] === undefined)).toEqual([])
    expect(slow.filter(({ isExponential }) => isExponential)).toEqual([])
  })

  it('are listed here only while they are slow', () => {
    expect(Object.keys(bounded).filter((name) => !slow.some(({ literal }) => literal === name))).toEqual([])
  })
})
