import { readdirSync, readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'

const folder = `${root}packages/domain/src/commands/`
const ofHttp = /\b(?:GET|PUT|POST|DELETE)\b|\?\w+=|\bstaged\/\w/

it('what is wrong with a change is told without requests: the command line and consoles have words of their own', () => {
  const texts = readdirSync(folder).flatMap((name) => {
    const strings = readFileSync(folder + name, 'utf8').matchAll(/'[^'\n]*'|`[^`]*`/g)
    return [...strings].map(([text]) => ({ name, text }))
  })
  expect(texts.length).toBeGreaterThan(50)
  expect(texts.filter(({ text }) => ofHttp.test(text))).toEqual([])
})
