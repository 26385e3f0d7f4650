import { afterEach, describe, expect, it } from '@jest/globals'
import { ApiClient, startTestTarget, type TestTargetOptions } from '@mtls-gateway/test-kit'
import { Agent, request } from 'undici'
import { checkMapping, forward, pay } from '../src/forwarding.ts'
import { expectRefusal } from '../src/target-refusal.ts'
import { type ApiAnswer, startApi } from './api-server.ts'

const closings: Array<() => Promise<void>> = []
afterEach(async () => {
  for (const close of closings.splice(0)) await close()
})

async function openTarget(options?: TestTargetOptions) {
  const target = await startTestTarget(options)
  closings.push(target.close)
  return target
}

/** Stands for a gateway that is not to be trusted. */
async function openCaller(answer: () => ApiAnswer | Promise<ApiAnswer>) {
  const api = await startApi(answer)
  const caller = new ApiClient({ baseUrl: api.url, oauth1: { appKey: 'le123.a', appSecret: 'secret' } })
  closings.push(() => caller.close())
  return caller
}

const mapped = { accountId: 'le123', serviceName: 'IDP', url: 'https://localhost:1/demo' }

describe('the proof that the target needs a certificate', () => {
  it('is that it refuses a caller that has none and sees no request', async () => {
    const target = await openTarget()
    expect((await expectRefusal(target)).result).toMatch(
      /^(ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED|ECONNRESET|EPIPE)$/,
    )
    expect(target.seen).toEqual([])
  })

  it('fails with a target that answers anybody', async () => {
    const target = await openTarget({ requireClientCertificate: false })
    await expect(expectRefusal(target)).rejects.toThrow('answered a caller that has no client certificate')
  })

  it('fails with a target that is not there', async () => {
    const target = await openTarget()
    await target.close()
    closings.length = 0
    await expect(expectRefusal(target)).rejects.toThrow('could not be called: ')
  })
})

describe('the proof that the mapping is there', () => {
  it.each([[[{ ...mapped, doExist: false }]], [[]]])('fails with the answer %j', async (body) => {
    const caller = await openCaller(() => ({ status: 200, body }))
    await expect(checkMapping(caller, mapped)).rejects.toThrow('no usable mapping')
  })
})

describe('the proof that the bank was paid', () => {
  it('is not what a gateway says but that the bank took the payment', async () => {
    const caller = await openCaller(() => ({ status: 200, body: { accepted: true } }))
    await expect(pay(caller, mapped, { payments: 0 })).rejects.toThrow('the bank has not taken the payment')
  })
})

describe('the proof that the certificate was presented', () => {
  it('is not what a gateway says but what the target saw', async () => {
    const target = await openTarget()
    const identity = await target.clientCa.issue({ commonName: 'demo-client' })
    const clientCertificate = { fingerprint256: identity.fingerprintSha256 }
    const caller = await openCaller(() => ({ status: 200, body: { clientCertificate } }))
    await expect(forward(caller, mapped, { target, identity })).rejects.toThrow('the target saw 0 requests')
  })

  it('fails with another certificate of the same subject', async () => {
    const target = await openTarget()
    const [identity, other] = await Promise.all([
      target.clientCa.issue({ commonName: 'demo-client' }),
      target.clientCa.issue({ commonName: 'demo-client' }),
    ])
    const dispatcher = new Agent({ connect: { ca: target.ca, cert: other.certificate, key: other.privateKey } })
    closings.unshift(() => dispatcher.destroy())
    const caller = await openCaller(async () => {
      const { statusCode, body } = await request(`${target.url}/demo`, { dispatcher })
      return { status: statusCode, body: await body.json() }
    })
    await expect(forward(caller, mapped, { target, identity })).rejects.toThrow('the target saw CN=demo-client')
  })
})
