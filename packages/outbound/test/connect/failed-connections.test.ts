import { once } from 'node:events'
import { createServer } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import type { AccountId } from '@mtls-gateway/domain'
import { type ConnectionOnItsWay, createConnector } from '../../src/connect/connection-attempt.ts'
import type { ConnectionPlace } from '../../src/connect/connection-places.ts'
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
let placesTaken = 0

beforeEach(() => {
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

const context = new TlsContext({}, deploymentTrust([]))

function begin(account: AccountId, port: number, done: (error: Error | null) => void): ConnectionOnItsWay {
  const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
  const connect = createConnector({
    guard,
    lookup: new AddressLookup({ guard }).of(account),
    context,
    identity: {},
    connectTimeoutMs: 60_000,
    handshakeTimeoutMs: 60_000,
    loop: shares.of(account),
    takePlace: () => ({ release: () => void placesTaken--, holdFor: () => {} }) satisfies ConnectionPlace,
  })
  placesTaken++
  return connect('127.0.0.1', port, done)
}

/** Opens connections to a port, one after the other. */
function opener(port: number) {
  const failed: string[] = []
  const open = (account: AccountId, name: string) =>
    new Promise<void>((resolve) => {
      begin(account, port, (error) => {
        failed.push(`${name} ${error === null ? 'opened' : 'failed'}`)
        resolve()
      })
    })
  return { failed, open }
}

/** Closes each connection once it is there. */
const closing = createServer((socket) => socket.destroy())
beforeAll(() => once(closing.listen(0, '127.0.0.1'), 'listening'))
afterAll(() => once(closing.close(), 'close'))

it.each([
  { what: 'where nothing listens', portOf: () => 1 },
  { what: 'that are closed in the handshake', portOf: () => Object(closing.address()).port },
])('opens connections of an account $what in its turn, and those of others at once', async ({ portOf }) => {
  const { failed, open } = opener(portOf())
  // Makes the TLS context that all share, for which its account rests.
  await open(acme, 'first')
  clock.pass(10)
  await open(acme, 'second')
  const third = open(acme, 'third')
  await open(globex, 'other')
  expect(failed).toEqual(['first failed', 'second failed', 'other failed'])
  clock.pass(9)
  await third
  expect(failed.at(-1)).toBe('third failed')
  expect(placesTaken).toBe(0)
})

it('withdraws one that waits for its turn, and its place with it', async () => {
  const { open } = opener(1)
  await open(acme, 'first')
  let isTold = false
  const waiting = begin(acme, 1, () => {
    isTold = true
  })
  await setImmediate()
  expect(placesTaken).toBe(1)
  expect(waiting.withdraw()).toBe(true)
  expect(placesTaken).toBe(0)
  clock.pass(9)
  await open(acme, 'second')
  expect(isTold).toBe(false)
})
