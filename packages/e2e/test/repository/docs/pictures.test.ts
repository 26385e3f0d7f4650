import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { filesOf, folder, type PictureName, pictures } from '../../../../../apps/console/test/browser/pictures/names.ts'
import { currentDocuments, type MarkdownDocument } from '../../support/documents.ts'
import { root } from '../../support/entries.ts'

const names = Object.keys(pictures) as PictureName[]
const made = names.flatMap(filesOf).map((file) => `${folder}/${file}`)

/** The pictures of the console that a document shows, from the checkout's root. */
function shownIn({ path, prose }: MarkdownDocument): readonly string[] {
  const links = [...prose.matchAll(/\]\(([^)\s]+\.png)\)|\b(?:src|srcset)="([^"]+\.png)"/g)]
  return links
    .map(([, link, attribute]) => normalize(join(dirname(path), link ?? attribute ?? '')))
    .filter((file) => file.startsWith(`${folder}/`))
}

describe('the pictures of the console', () => {
  it('are those that npm run pictures makes, and documents show all of them', () => {
    const shown = new Set(currentDocuments.flatMap(shownIn))
    expect([...shown].sort()).toEqual(made.toSorted())
    expect(
      readdirSync(join(root, folder))
        .map((file) => `${folder}/${file}`)
        .sort(),
    ).toEqual(made.toSorted())
  })

  it('have each a test that takes it', () => {
    const source = readFileSync(join(root, 'apps/console/test/browser/pictures/console.picture.ts'), 'utf8')
    expect(names.filter((name) => !source.includes(`take(page, '${name}'`))).toEqual([])
  })

  it.each(made)('are small: %s', (file) => {
    expect(statSync(join(root, file)).size).toBeLessThan(100_000)
  })

  it.each(currentDocuments.filter((document) => shownIn(document).length > 0))(
    'have a text for those who do not see them: $path',
    ({ prose }) => {
      const texts = [...prose.matchAll(/!\[([^\]]*)\]\(|<img\b[^>]*>/g)].map(
        ([image, text]) => text ?? /\balt="([^"]*)"/.exec(image)?.[1] ?? '',
      )
      expect(texts.filter((text) => text.length < 30)).toEqual([])
    },
  )
})
