import { once } from 'node:events'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { parseRecordId } from '@mtls-gateway/domain'
import { createCa } from '@mtls-gateway/test-kit'
import { handshakeLimits, type UpstreamPools } from '../../src/index.ts'
import { acme, credentialsOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'

let places: Bulkhead
let upstreams: UpstreamPools
let silent: Server

beforeEach(async () => {
  places = new Bulkhead('handshakes', { ...handshakeLimits, total: 4, share: 2, reserve: 1 })
  upstreams = openUpstreamPools({ handshakes: places })
  silent = createServer(() => {}).listen(0, '127.0.0.1')
  await once(silent, 'listening')
})
afterEach(async () => {
  await upstreams.destroy()
  silent.close()
})

describe('a handshake whose certificate is deleted while it waits for its turn', () => {
  it('does not begin when another one ends, and keeps no place', async () => {
    const issued = await (await createCa()).issue({ commonName: 'acme' })
    const identities = ['v1', 'v2', 'v3', 'v4'].map((version) => ({
      accountId: acme,
      credentials: credentialsOf(issued, version),
    }))
    const origin = `https://localhost:${(silent.address() as AddressInfo).port}`
    const calls = identities.map((identity) => get(upstreams.acquire(identity, origin)).catch(({ code }) => code))
    while (places.state().waiting < 2) await setTimeout(5)
    // As the forwarder does it where it learns of them in one look: none waits for the one before.
    for (const identity of identities.toReversed())
      void upstreams.revoke(acme, parseRecordId(identity.credentials.versionId))
    expect(await Promise.all(calls)).toEqual(identities.map(() => 'CLIENT_CERTIFICATE_DELETED'))
    expect(places.state()).toMatchObject({ inUse: 0, waiting: 0 })
  })
})
