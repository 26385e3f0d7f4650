import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { currentDocuments } from '../../support/documents.ts'
import { root } from '../../support/entries.ts'

const pages = join(root, 'apps/console/src/web')
const source = readdirSync(pages, { recursive: true, encoding: 'utf8' })
  .filter((path) => path.endsWith('.tsx'))
  .map((path) => readFileSync(join(pages, path), 'utf8'))
  .join('\n')
// Texts of elements, and strings: titles, labels, words of buttons.
const texts = new Set([...source.matchAll(/(?<=[>'"`]|^)\s*([^<>'"`{}\n]+?)\s*(?=[<'"`]|$)/gm)].map(([, text]) => text))
const prose = currentDocuments.find(({ path }) => path === 'docs/console-guide.md')?.prose ?? ''
const named = [...prose.replaceAll(/<[^>]*>|!\[[^\]]*\]/g, '').matchAll(/\*\*([^*]+)\*\*|"([^"]+)"/g)].flatMap(
  ([, bold, quoted]) => (bold ?? quoted ?? '').split(' → '),
)

describe('what the guide of the console names', () => {
  it('is a good part of what people press', () => {
    expect(named.length).toBeGreaterThan(20)
  })

  it.each([...new Set(named)])('is on a page, word for word: %s', (label) => {
    expect(texts).toContain(label)
  })
})
