import { readFileSync } from 'node:fs'
import { expect, it } from '@jest/globals'
import { root } from '../support/entries.ts'

const { scripts } = JSON.parse(readFileSync(`${root}package.json`, 'utf8')) as { scripts: Record<string, string> }

it('what a command builds first it says on stderr, so that stdout has the answer alone', () => {
  const building = Object.entries(scripts).filter(([, script]) => /\bturbo run build\b.*&&/.test(script))
  expect(building.length).toBeGreaterThan(5)
  expect(building.filter(([, script]) => !/\bturbo run build [^&]*1>&2 &&/.test(script))).toEqual([])
})
