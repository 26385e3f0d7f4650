import { describe, expect, it } from '@jest/globals'
import { earlyHints } from '../../../src/forward/answer/early-hints.ts'

const begin = 'HTTP/1.1 103 Early Hints\r\n'

describe('early hints', () => {
  it('are the links, as the target wrote them', () => {
    const links = [
      '</a>; rel=preload',
      '</b>; rel="preload, stylesheet", </c>; rel=preload',
      'caf\xe9 no link at all <<;;',
    ]
    const fields = ['Link', links[0] ?? '', 'X-A', 'link', 'LINK', links[1] ?? '', 'link', links[2] ?? '']
    expect(earlyHints(fields)).toBe(`${begin}${links.map((link) => `Link: ${link}\r\n`).join('')}\r\n`)
  })

  it.each([[[]], [['X-A', 'b']], [['Link', '</a>', 'Connection', 'link']]])('are none without a link: %j', (fields) => {
    expect(earlyHints(fields)).toBeUndefined()
  })
})
