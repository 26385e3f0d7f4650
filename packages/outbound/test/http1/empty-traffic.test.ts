import type { Socket } from 'node:net'
import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { longestPadding, type SealedAnswer, startConnectProxy } from '@mtls-gateway/test-kit'
import type { UpstreamPools } from '../../src/index.ts'
import { acme, failureOf, get, openUpstreamPools } from '../support/outbound-fixture.ts'
import { SealingTargets } from '../support/sealing-targets.ts'

let targets: SealingTargets
let upstreams: UpstreamPools

beforeAll(async () => {
  targets = await SealingTargets.create()
})
beforeEach(() => {
  upstreams = openUpstreamPools({ extraCa: [targets.ca.certificate], settings: { keepAliveTimeoutMs: 600_000 } })
})
afterEach(async () => {
  await upstreams.destroy()
  targets.close()
})

const start = (onRequest: SealedAnswer) => targets.start(onRequest)

const headOf = (bytes: number) => Buffer.from(`HTTP/1.1 200 OK\r\nContent-Length: ${bytes}\r\n\r\n`)
const call = (origin: string) => get(upstreams.acquire({ accountId: acme }, origin))
/** More than once, all connections have been looked at. */
const looks = () => setTimeout(400)

describe('what a target sends that has nothing in it', () => {
  it.each<[string, SealedAnswer]>([
    ['a message that does not end', (sealer, tcp) => void tcp.write(sealer.endlessMessage(8_000).take())],
    [
      'records of padding alone',
      (sealer, tcp) => void tcp.write(sealer.add(23, headOf(10_000)).emptyRecords().emptyRecords().take()),
    ],
  ])('ends its connection where it is much: %s, instead of an answer', async (_, flood) => {
    const origin = await start(flood)
    const failure = await failureOf(upstreams, { accountId: acme }, origin)
    expect(failure).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED' })
  })

  it('is charged to its account, as nothing shows how long it kept OpenSSL busy', async () => {
    const targetCosts = new Bulkhead('target-costs', { total: 4, share: 1, reserve: 1 })
    const poor = openUpstreamPools({ extraCa: [targets.ca.certificate], targetCosts })
    const origin = await start((sealer, tcp) => void tcp.write(sealer.endlessMessage(8_000).take()))
    expect(await failureOf(poor, { accountId: acme }, origin)).toMatchObject({ code: 'TARGET_TOO_COSTLY' })
    await poor.destroy()
  })

  it('ends its connection through a proxy as well', async () => {
    const proxy = await startConnectProxy()
    const egress = () => ({ host: '127.0.0.1', port: proxy.port, except: [] })
    const pools = openUpstreamPools({ extraCa: [targets.ca.certificate], egress })
    const origin = await start((sealer, tcp) => void tcp.write(sealer.endlessMessage(8_000).take()))
    expect(await failureOf(pools, { accountId: acme }, origin)).toMatchObject({ code: 'TARGET_HANDSHAKE_REFUSED' })
    expect(proxy.requests).toHaveLength(1)
    await pools.destroy()
    await proxy.close()
  })

  it('ends a connection that nobody uses', async () => {
    const kept = Promise.withResolvers<Socket>()
    const origin = await start((sealer, tcp) => {
      tcp.write(sealer.add(23, headOf(2)).add(23, Buffer.from('ok')).take())
      tcp.write(sealer.endlessMessage(8_000).take())
      kept.resolve(tcp)
    })
    expect(await call(origin)).toMatchObject({ body: 'ok' })
    const tcp = await kept.promise
    await new Promise((closed) => tcp.once('close', closed))
  })

  it('is let by where it is padding behind content, in however many records', async () => {
    const body = 'in full records'
    const origin = await start(async (sealer, tcp) => {
      tcp.write(sealer.add(23, headOf(body.length), longestPadding - 100).take())
      for (const byte of body.slice(1)) tcp.write(sealer.add(23, Buffer.from(byte), longestPadding - 1).take())
      await looks()
      tcp.write(sealer.add(23, Buffer.from(body.slice(-1))).take())
    })
    expect((await call(origin)).body).toHaveLength(body.length)
  })
})
