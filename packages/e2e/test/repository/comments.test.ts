import { globSync, readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { documents } from '../support/documents.ts'
import { root } from '../support/entries.ts'

const maxWidth = 120
const notOurs = ['node_modules', 'dist', 'build', 'coverage', 'test-output']

const sources = globSync('**/*.{ts,tsx,js,mjs}', {
  cwd: root,
  exclude: (path) => notOurs.includes(basename(path)),
}).map((path) => ({ path, text: readFileSync(join(root, path), 'utf8') }))

describe('comments', () => {
  it(`are at most ${maxWidth} columns wide, but for urls`, () => {
    const wide = sources.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at) => {
        const isComment = /^\s*(\/\/|\/\*|\*)/.test(line)
        return isComment && line.length > maxWidth && !line.includes('://') ? [`${path}:${at + 1}`] : []
      }),
    )
    expect(wide).toEqual([])
  })

  it('say what a thing is, and don’t begin with “Of”', () => {
    const begun = sources.flatMap(({ path, text }) =>
      text.split('\n').flatMap((line, at, lines) => {
        const isFirst = /^\s*(\/\/|\/\*\*)/.test(line) || /^\s*\/\*\*\s*$/.test(lines[at - 1] ?? '')
        return isFirst && /^\s*(\/\/|\/?\*\*?) Of /.test(line) ? [`${path}:${at + 1}`] : []
      }),
    )
    expect(begun).toEqual([])
  })
})

describe('decisions', () => {
  const numbers = new Set(readdirSync(join(root, 'docs/adr')).map((name) => Number.parseInt(name, 10)))

  it('are in docs/adr wherever they are cited', () => {
    const cited = [...sources, ...documents].flatMap(({ path, text }) =>
      [...text.matchAll(/\b(?:decision|ADR) (\d+)/g)].map(([, number]) => ({ path, number: Number(number) })),
    )
    expect(cited.length).toBeGreaterThan(50)
    expect(cited.filter(({ number }) => !numbers.has(number))).toEqual([])
  })
})
