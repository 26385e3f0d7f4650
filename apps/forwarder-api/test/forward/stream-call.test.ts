import { EventEmitter, once } from 'node:events'
import { createServer, type RequestListener } from 'node:http'
import { type AddressInfo, connect, type Socket } from 'node:net'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { CodedError, parseAccountId, parseTargetUrl } from '@mtls-gateway/domain'
import { TurnBatch } from '@mtls-gateway/event-loop'
import { TargetGuard, UpstreamPools } from '@mtls-gateway/outbound'
import { PassedBuffers, ServiceMetrics } from '@mtls-gateway/service-kit'
import { answerRequest, type Sealer, SealingTarget, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import type { CallIdentity, MappedIdentity } from '../../src/forward/certificate/certificate-choice.ts'
import { CallMetrics } from '../../src/forward/metrics/call-metrics.ts'
import { type StreamedCall, streamCall } from '../../src/forward/stream-call.ts'
import { Targets } from '../../src/forward/targets/targets.ts'
import { unwatched } from './answer/unwatched.ts'

let target: TestTarget
let upstreams: UpstreamPools
/** The target ends the connection over the next call to `/kept`. */
let breaksOff = false

beforeAll(async () => {
  target = await startTestTarget({
    requireClientCertificate: false,
    handler: (request, response) => {
      if (request.url === '/kept' && breaksOff) {
        breaksOff = false
        request.socket.destroy()
      } else return answerRequest(request, response)
    },
  })
})
afterAll(() => target?.close())

beforeEach(() => {
  target.clear()
  upstreams = openPools()
})
afterEach(() => upstreams.destroy())

function openPools(options: { readonly targetCosts?: Bulkhead } = {}): UpstreamPools {
  const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8', '::1/128'], ports: 'any' })
  return new UpstreamPools({ guard, extraCa: [target.ca], ...options })
}

const metrics = new CallMetrics(new ServiceMetrics('test'))

type Rest = Omit<StreamedCall, 'response'>

const accountId = parseAccountId('le123')
const identity: CallIdentity = { accountId, unmapped: 'plain' }

const call = (more: Partial<Rest> = {}): Rest => ({
  identity,
  chooseAgain: async () => identity,
  choice: { refuseRevoked: () => {} },
  credentials: { refused: () => {} },
  target: parseTargetUrl(`${target.url}/pay`),
  method: 'DELETE',
  headers: [],
  body: null,
  relay: {
    requestId: 'id',
    target: unwatched,
    buffers: new PassedBuffers(),
    turnBatch: new TurnBatch(),
    metrics,
  },
  ...more,
})

async function serving(listener: RequestListener) {
  const server = createServer(listener).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { port: (server.address() as AddressInfo).port, close }
}

describe('a call', () => {
  it('is not sent where its caller has gone meanwhile', async () => {
    const outcome = Promise.withResolvers<void>()
    const { port, close } = await serving(async (_, response) => {
      await once(response, 'close')
      streamCall(upstreams, { ...call(), response }).then(outcome.resolve, outcome.reject)
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('DELETE / HTTP/1.1\r\nHost: a\r\n\r\n', () => socket.end())
    await outcome.promise
    expect(target.seen).toEqual([])
    await close()
  })

  it('is not sent where its caller goes while the connection is being made', async () => {
    const { port, close } = await serving((request, response) => {
      const isNext = request.url === '/next'
      const next = { method: 'GET', target: parseTargetUrl(`${target.url}/next`) }
      void streamCall(upstreams, { ...call(isNext ? next : {}), response })
      if (!isNext) request.socket.destroy()
    })
    const socket = connect(port, '127.0.0.1')
    socket.write('DELETE / HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(
      socket.on('error', () => {}),
      'close',
    )
    // The connection is still made, for the next call.
    await fetch(`http://127.0.0.1:${port}/next`)
    expect(target.seen).toMatchObject([{ url: '/next' }])
    await close()
  })

  it('is not sent, nor a connection made, with a certificate that was revoked meanwhile', async () => {
    const revoked = new CodedError('CLIENT_KEY_MISSING', 'It was deleted.')
    const refuseRevoked = () => {
      throw revoked
    }
    const outcome = Promise.withResolvers<unknown>()
    const { port, close } = await serving((_, response) => {
      streamCall(upstreams, { ...call({ choice: { refuseRevoked } }), response }).catch(outcome.resolve)
    })
    connect(port, '127.0.0.1')
      .on('error', () => {})
      .write('DELETE / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await outcome.promise).toBe(revoked)
    expect(upstreams.identities.stats().identities).toBe(0)
    await close()
  })

  describe('whose kept connection is dead', () => {
    /** Answers one call over a connection, which breaks off over the next one. @returns what came of that */
    async function afterDeadConnection(chooseAgain: StreamedCall['chooseAgain']) {
      const outcomes: unknown[] = []
      const kept = { method: 'GET', target: parseTargetUrl(`${target.url}/kept`), chooseAgain }
      const { port, close } = await serving(async (_, response) => {
        await streamCall(upstreams, { ...call(kept), response }).then(
          () => outcomes.push('answered'),
          (error) => {
            outcomes.push(error)
            response.end()
          },
        )
      })
      await (await fetch(`http://127.0.0.1:${port}/`)).text()
      breaksOff = true
      await (await fetch(`http://127.0.0.1:${port}/`)).text()
      await close()
      return outcomes[1]
    }

    it('is sent once more with the certificate that is mapped by then', async () => {
      const issued = await target.clientCa.issue({ commonName: 'renewed' })
      const certificates = [issued.certificate, ...issued.chain].join('')
      const credentials = { versionId: 'A'.repeat(22), privateKey: issued.privateKey, certificates }
      // All that a connection needs of it.
      const renewed = { accountId, credentials } as MappedIdentity
      expect(await afterDeadConnection(async () => renewed)).toBe('answered')
      const presented = target.seen.map(({ clientCertificate }) => clientCertificate?.commonName)
      expect(presented).toEqual([undefined, undefined, 'renewed'])
    })

    it('is not sent once more where it may present none by then', async () => {
      const disabled = new CodedError('MAPPING_DISABLED', 'The mapping is disabled.')
      expect(await afterDeadConnection(() => Promise.reject(disabled))).toBe(disabled)
      expect(target.seen).toHaveLength(2)
    })
  })
})

describe('a target that sends its answer in very small records', () => {
  /** As many come with one read of a connection. */
  const records = 2_000
  const applicationData = 23

  function sendSmallRecords(sealer: Sealer, tcp: Socket): void {
    sealer.add(applicationData, Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n'))
    for (let n = 0; n < records; n++) sealer.add(applicationData, Buffer.from('x'))
    tcp.write(sealer.take())
  }

  it('has its connection closed once that costs too much, and is called no more before a pause is over', async () => {
    const { privateKey, certificate } = await target.serverCa.issue({
      commonName: 'localhost',
      dnsNames: ['localhost'],
    })
    const costly = await SealingTarget.start({
      identity: { key: privateKey, cert: certificate },
      onRequest: sendSmallRecords,
    })
    const targetCosts = new Bulkhead('target-costs', { total: 4, share: 1, reserve: 1, cooledPerSecond: 0.001 })
    const poor = openPools({ targetCosts })
    const calls = new Bulkhead('forward-calls', { total: 8, share: 4, reserve: 2 })
    const circuits = { failures: 3, firstPauseMs: 60_000, longestPauseMs: 60_000 }
    const targets = new Targets({ calls, accountMaxCalls: 4, circuits })
    const watched = targets.of(accountId, costly.url)
    const { port, close } = await serving(async (_, response) => {
      const { relay } = call()
      const target = parseTargetUrl(`${costly.url}/`)
      const made = call({ target, method: 'GET', relay: { ...relay, target: watched } })
      await streamCall(poor, { ...made, response }).catch(() => response.destroy())
    })
    const answer = fetch(`http://127.0.0.1:${port}/`).then((answered) => answered.text())
    await expect(answer).rejects.toThrow()
    expect(() => watched.acquire(new EventEmitter())).toThrow(
      expect.objectContaining({
        code: 'TARGET_CIRCUIT_OPEN',
        details: expect.objectContaining({ transportCode: 'TARGET_TOO_COSTLY' }),
      }),
    )
    await close()
    await poor.destroy()
    costly.close()
  })
})
