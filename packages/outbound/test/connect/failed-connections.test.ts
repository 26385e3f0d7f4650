import { once } from 'node:events'
import { createServer } from 'node:net'
import { afterEach, beforeEach, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { createConnector } from '../../src/connect/connection-attempt.ts'
import { EventLoopShares } from '../../src/connect/event-loop-shares.ts'
import { deploymentTrust } from '../../src/identities/target-trust.ts'
import { TlsContext } from '../../src/identities/tls-contexts.ts'
import { AddressLookup, handshakeLimits, TargetGuard, targetCostLimits } from '../../src/index.ts'
import { ManualClock } from '../support/manual-clock.ts'
import { acme, globex } from '../support/outbound-fixture.ts'

let handshakes: Bulkhead
let costs: Bulkhead
let shares: EventLoopShares
let clock: ManualClock
/** Where nothing listens. */
let port: number

beforeEach(async () => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  port = Object(server.address()).port
  await once(server.close(), 'close')
  clock = new ManualClock()
  handshakes = new Bulkhead('handshakes', handshakeLimits)
  costs = new Bulkhead('target-costs', targetCostLimits)
  shares = new EventLoopShares(handshakes, costs)
})
afterEach(() => {
  clock.close()
  handshakes.close()
  costs.close()
})

function open(account: AccountId, ended: string[], name: string): Promise<void> {
  const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
  const connect = createConnector({
    guard,
    lookup: new AddressLookup({ guard }).of(account),
    context,
    identity: {},
    connectTimeoutMs: 60_000,
    handshakeTimeoutMs: 60_000,
    loop: shares.of(account),
  })
  return new Promise((resolve) => {
    connect('127.0.0.1', port, (error) => {
      ended.push(`${name} ${Object(error).code}`)
      resolve()
    })
  })
}
const context = new TlsContext({}, deploymentTrust([]))

it('opens the next connection of an account to dead targets when it is its turn, and those of others at once', async () => {
  const ended: string[] = []
  // Makes the TLS context that all share.
  await open(acme, ended, 'acme 1')
  clock.pass(3)
  await open(acme, ended, 'acme 2')
  const third = open(acme, ended, 'acme 3')
  await open(globex, ended, 'globex 1')
  expect(ended).toEqual(['acme 1 ECONNREFUSED', 'acme 2 ECONNREFUSED', 'globex 1 ECONNREFUSED'])
  clock.pass(3)
  await third
  expect(ended.at(-1)).toBe('acme 3 ECONNREFUSED')
})
