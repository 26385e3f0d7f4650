import { expect, it } from '@jest/globals'
import { expiryOf } from '../../src/web/format/expiry.ts'

it('a certificate expires soon 60 days before, and urgently 14', () => {
  const day = 86_400_000
  expect([-1, 0, 8, 14, 59, 60].map((days) => expiryOf(days * day, 0))).toEqual([
    'expired',
    'expired',
    'urgent',
    'soon',
    'soon',
    'later',
  ])
})
