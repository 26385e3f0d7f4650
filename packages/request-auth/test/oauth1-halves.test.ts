import { describe, expect, it } from '@jest/globals'
import type { AppKeyCredential } from '../src/index.ts'
import { appKey, appKeys, nowMs, nowSeconds, signedRequest, verifierWith } from './oauth1-setup.ts'

const target = '/mtls/account/le123?a=1'
const formBody = 'b=2&c=3'

describe('a verification in two halves', () => {
  it('tells before the body whether anybody has the app key', async () => {
    const { verifier } = verifierWith()
    expect(await verifier.begin(signedRequest(target, { formBody }))).toMatchObject({
      appKey: { principal: { subject: appKey } },
    })
    expect((await verifier.begin(signedRequest(target, { formBody, appKey: 'le123.nobody' }))).appKey).toBeUndefined()
  })

  it('believes nobody before the second, which takes the body into account and gives the query back', async () => {
    const { verifier, nonces } = verifierWith()
    const begun = await verifier.begin(signedRequest(target, { formBody }))
    await expect(async () => verifier.finish(begun, Buffer.from('b=2&c=4'))).rejects.toMatchObject({
      code: 'OAUTH_CREDENTIALS_INVALID',
    })
    expect(nonces.claims).toEqual([])
    expect(await verifier.finish(begun, Buffer.from(formBody))).toMatchObject({ query: [['a', '1']] })
  })

  it('looks for the app key again after a wait for the body: it may have been deleted', async () => {
    let isDeleted = false
    const { verifier, nonces } = verifierWith({
      appKeys: { find: (name) => (isDeleted ? undefined : appKeys.find(name)) },
    })
    const begun = await verifier.begin(signedRequest(target, { formBody }))
    expect(await verifier.beginAgain(begun)).toEqual(begun)
    isDeleted = true
    const begunAgain = await verifier.beginAgain(begun)
    await expect(async () => verifier.finish(begunAgain, Buffer.from(formBody))).rejects.toMatchObject({
      code: 'OAUTH_CREDENTIALS_INVALID',
    })
    expect(nonces.claims).toEqual([])
  })

  it('is out of time if its body took too long: nonces are not remembered for longer than their window', async () => {
    let clockMs = nowMs
    const { verifier, nonces } = verifierWith({ clock: () => clockMs })
    const begun = await verifier.begin(signedRequest(target, { formBody, timestamp: nowSeconds - 295 }))
    clockMs += 5_000
    expect(await verifier.beginAgain(begun)).toEqual(begun)
    clockMs += 1_000
    await expect(async () => verifier.finish(begun, Buffer.from(formBody))).rejects.toMatchObject({
      code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW',
    })
    expect(nonces.claims).toEqual([])
  })

  it('is refused for its timestamp before the body, if somebody asks, and its clock is counted', async () => {
    const skews: number[] = []
    const { verifier } = verifierWith({ onClockSkew: (ms) => skews.push(ms) })
    verifier.refuseLate(await verifier.begin(signedRequest(target, { formBody })))
    expect(skews).toEqual([])
    const late = await verifier.begin(signedRequest(target, { formBody, timestamp: nowSeconds - 301 }))
    expect(() => verifier.refuseLate(late)).toThrow(expect.objectContaining({ code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW' }))
    expect(skews).toEqual([301_000])
  })

  it('is out of time if its app key took too long to be confirmed', async () => {
    let clockMs = nowMs
    const { verifier, nonces } = verifierWith({
      clock: () => clockMs,
      appKeys: {
        find: (name) => {
          const found = appKeys.find(name) as AppKeyCredential
          const confirm = async () => {
            clockMs += 6_000
            return found
          }
          return { signingKey: found.signingKey, confirm }
        },
      },
    })
    const request = signedRequest(target, { timestamp: nowSeconds - 295 })
    await expect(verifier.verify(request)).rejects.toMatchObject({ code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW' })
    expect(nonces.claims).toEqual([])
  })
})
