import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { setImmediate, setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseRecordId } from '@mtls-gateway/domain'
import { createCa } from '@mtls-gateway/test-kit'
import { handshakeLimits, type UpstreamPools } from '../../src/index.ts'
import { acme, credentialsOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

let places: Bulkhead
let upstreams: UpstreamPools
let silent: Server
/** The connections to it. */
let closed: Promise<unknown>[]

beforeEach(async () => {
  places = new Bulkhead('handshakes', { ...handshakeLimits, total: 4, share: 2, reserve: 1 })
  upstreams = openUpstreamPools({ handshakes: places })
  closed = []
  silent = createServer((socket) => {
    closed.push(new Promise((resolve) => socket.once('close', resolve)))
    socket.on('error', () => {}).resume()
  }).listen(0, '127.0.0.1')
  await once(silent, 'listening')
})
afterEach(async () => {
  await upstreams.destroy()
  silent.close()
})

describe('a handshake whose certificate is deleted while it waits for its turn', () => {
  it.each([
    ['in the order in which they came', ['v1', 'v2', 'v3', 'v4']],
    ['the other way round', ['v4', 'v3', 'v2', 'v1']],
  ])('does not begin when another one ends, and keeps no place: %s', async (_, deleted) => {
    const issued = await (await createCa()).issue({ commonName: 'acme' })
    const identities = ['v1', 'v2', 'v3', 'v4'].map((version) => ({
      accountId: acme,
      credentials: credentialsOf(issued, version),
    }))
    const origin = `https://localhost:${(silent.address() as AddressInfo).port}`
    const calls = identities.map((identity) => get(upstreams.acquire(identity, origin)).catch(({ code }) => code))
    while (places.state().waiting < 2) await setTimeout(5)
    // As the forwarder does it where it learns of them in one look: none waits for the one before.
    for (const version of deleted) void upstreams.revoke(acme, parseRecordId(version))
    expect(await Promise.all(calls)).toEqual(identities.map(() => 'CLIENT_CERTIFICATE_DELETED'))
    // Also those that had no turn are open.
    await Promise.all(closed)
    await setImmediate()
    expect(closed).toHaveLength(identities.length)
    expect(places.state()).toMatchObject({ inUse: 0, waiting: 0 })
  })
})
