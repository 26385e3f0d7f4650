import { beforeAll, describe, expect, it } from '@jest/globals'
import { openDocsPages } from '../../src/nest/docs-pages.ts'
import { testContract } from '../support/test-contract.ts'

let pageAt: Awaited<ReturnType<typeof openDocsPages>>
beforeAll(async () => {
  pageAt = await openDocsPages('/docs', testContract)
})

describe('pages of the documentation', () => {
  it('are made once, whatever comes behind a question mark, and are the same bytes for all', async () => {
    const file = '/docs/swagger-ui-bundle.js'
    const first = await pageAt(file)
    expect(first?.rawPayload.length).toBeGreaterThan(1_000_000)
    for (const query of ['?1', '?2']) expect((await pageAt(file + query))?.rawPayload).toBe(first?.rawPayload)
  })

  it.each(['/docs/%73wagger-ui.css', '/docs/./swagger-ui.css', '/docs//swagger-ui.css', '/docs/nothing.js'])(
    'have no other name: %s',
    async (url) => {
      expect(await pageAt('/docs/swagger-ui.css')).toMatchObject({ statusCode: 200 })
      expect(await pageAt(url)).toBeUndefined()
    },
  )
})
