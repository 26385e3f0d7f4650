import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { Sealer } from '@mtls-gateway/test-kit'
import { targetCostLimits, type UpstreamPools } from '../../src/index.ts'
import { acme, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'
import { SealingTargets } from '../support/sealing-targets.ts'

let targets: SealingTargets
let upstreams: UpstreamPools

beforeAll(async () => {
  targets = await SealingTargets.create()
})
beforeEach(() => {
  upstreams = openUpstreamPools({ extraCa: [targets.ca.certificate] })
})
afterEach(async () => {
  await upstreams.destroy()
  targets.close()
})

const start = (answer: (sealer: Sealer) => Sealer) =>
  targets.start((sealer, tcp) => void tcp.write(answer(sealer).take()))

const ok = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok')
const call = (origin: string) => get(upstreams.acquire({ accountId: acme }, origin))

describe('what a target sends of a handshake that is over', () => {
  it('is let by as far as targets send it: session tickets and new keys, before an answer', async () => {
    const origin = await start((sealer) => sealer.tickets(2).keyUpdates(2).add(23, ok))
    expect(await call(origin)).toMatchObject({ status: 200 })
  })

  it('is let by where there is more of it than usual', async () => {
    const origin = await start((sealer) => sealer.tickets(20).add(23, ok))
    expect(await call(origin)).toMatchObject({ status: 200 })
  })

  it.each([
    ['session tickets', (sealer: Sealer) => sealer.tickets(31)],
    ['session tickets, thousands of them in few records', (sealer: Sealer) => sealer.tickets(3_000)],
    ['new keys', (sealer: Sealer) => sealer.keyUpdates(31)],
  ])('ends its connection where there is no end of it: %s', async (_, flood) => {
    const origin = await start((sealer) => flood(sealer))
    const failure = await failureOf(upstreams, { accountId: acme }, origin)
    expect(failure).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED' })
  })
})

it('more messages than any target sends are charged to their account', async () => {
  const costs = new Bulkhead('target-costs', { ...targetCostLimits, cooledPerSecond: 0.001 })
  upstreams = openUpstreamPools({ extraCa: [targets.ca.certificate], targetCosts: costs })
  await failureOf(upstreams, { accountId: acme }, await start((sealer) => sealer.tickets(3_000)))
  expect(costs.state().inUse).toBeGreaterThan(0)
  costs.close()
})
