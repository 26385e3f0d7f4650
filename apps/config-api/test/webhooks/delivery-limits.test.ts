import { expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { deliveryLimits } from '../../src/webhooks/webhooks.module.ts'

it('notices of expiry, revocation and renewals of one account wait for each other, and for a test', async () => {
  const deliveries = new Bulkhead('webhook-deliveries', deliveryLimits)
  const test = deliveries.tryAcquire('le123')
  const sent = ['expiry', 'revocation', 'renewals'].map((what) => deliveries.run('le123', async () => what))
  test?.release()
  expect(await Promise.all(sent)).toEqual(['expiry', 'revocation', 'renewals'])
})
