import { mock } from 'node:test'
import { setImmediate } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { createConnector } from '../../src/connect/connection-attempt.ts'
import { deploymentTrust } from '../../src/identities/target-trust.ts'
import { TlsContext } from '../../src/identities/tls-contexts.ts'
import { AddressLookup, TargetGuard } from '../../src/index.ts'
import { loopThat } from '../http1/record-target.ts'

let target: TestTarget

beforeEach(async () => {
  target = await startTestTarget({ requireClientCertificate: false })
})
afterEach(async () => {
  mock.timers.reset()
  await target.close()
})

/** @param takesTurn whether a job that lines up is done */
function open(takesTurn: (nth: number) => boolean): Promise<Error | null> {
  let jobs = 0
  const loop = loopThat({
    lineUp: (job) => void (takesTurn(++jobs) && job.onTurn()),
    refusal: () => new Error('too many'),
  })
  const guard = new TargetGuard({ allowCidrs: ['127.0.0.0/8'], ports: 'any' })
  const connect = createConnector({
    guard,
    lookup: new AddressLookup({ guard }).of('acme'),
    context: new TlsContext({}, deploymentTrust([target.ca])),
    identity: {},
    connectTimeoutMs: 60_000,
    handshakeTimeoutMs: 200,
    loop,
  })
  return new Promise((resolve) => {
    connect('127.0.0.1', Number(new URL(target.url).port), (error, socket) => {
      socket?.destroy()
      resolve(error)
    })
  })
}

describe('a connection whose account gets no turn', () => {
  it('is refused after ten seconds where its TLS context is to be made', async () => {
    mock.timers.enable({ apis: ['setTimeout'] })
    const opened = open(() => false)
    await setImmediate()
    mock.timers.tick(9_999)
    mock.timers.tick(1)
    expect(await opened).toEqual(new Error('too many'))
  })

  it('is refused where its handshake is to go on, and no time-out is blamed on the target', async () => {
    expect(await open((nth) => nth === 1)).toEqual(new Error('too many'))
  })

  it('is there where it gets all of them', async () => {
    expect(await open(() => true)).toBeNull()
  })
})
