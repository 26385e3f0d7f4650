import { describe, expect, it } from '@jest/globals'
import { type DocsPage, KeptPages } from '../../src/nest/docs-pages.ts'

const made: string[] = []
const pages = new KeptPages(async (path): Promise<DocsPage> => {
  made.push(path)
  if (path === '/docs/broken.js') throw new Error('broken')
  return { statusCode: path.includes('nothing') ? 404 : 200, headers: {}, rawPayload: Buffer.from(path) }
})

describe('pages of the documentation', () => {
  it('are made once, whatever comes behind a question mark, and are the same bytes for all', async () => {
    const urls = ['/docs/a.js', '/docs/a.js?1', '/docs/a.js?2']
    const [first, ...others] = await Promise.all(urls.map((url) => pages.get(url)))
    for (const other of others) expect(other.rawPayload).toBe(first?.rawPayload)
    expect(made.filter((path) => path === '/docs/a.js')).toHaveLength(1)
  })

  it.each(['/docs/%61.js', '/docs/./a.js', '/docs//a.js'])('have no other name: %s', async (url) => {
    expect(await pages.get(url)).toMatchObject({ statusCode: 404 })
    expect(made).not.toContain(url)
  })

  it('are looked for again where there was none, or something broke', async () => {
    for (const path of ['/docs/nothing.js', '/docs/broken.js']) {
      await pages.get(path).catch(() => undefined)
      await pages.get(path).catch(() => undefined)
      expect(made.filter((each) => each === path)).toHaveLength(2)
    }
  })
})
