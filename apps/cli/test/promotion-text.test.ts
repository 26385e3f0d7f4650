import { expect, it } from '@jest/globals'
import { promotionText } from '../src/views/certificate-text.ts'

it('says of a refusal whether it is one of the version in use, while the next one is prepared', () => {
  const refused = { since: null, code: 'SOCKET_CLOSED' }
  const text = promotionText({
    version: 'next',
    left: 2,
    mappings: [
      { id: 10, url: 'https://t.example/10', state: 'tested', ...refused },
      { id: 11, url: 'https://t.example/11', state: 'rolledBack', ...refused },
    ],
  })
  expect(text).toMatch(/^10 .* tested +SOCKET_CLOSED \(the version in use\)$/m)
  expect(text).toMatch(/^11 .* rolledBack +SOCKET_CLOSED$/m)
})
