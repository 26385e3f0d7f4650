import { describe, expect, it } from '@jest/globals'
import type { AppKeyName } from '@mtls-gateway/domain'
import type { AppKeyCredential, AppKeySource, UnconfirmedAppKey } from '../src/index.ts'
import { appKey, appKeys, expiredAppKey, nowSeconds, signedRequest, verifierWith } from './oauth1-setup.ts'

const target = '/mtls/account/le123?a=1'

/** Counts look-ups. `confirmed` stands in for the account's answer about a key with a valid signature. */
function countingSource(confirmed: (name: AppKeyName) => Promise<AppKeyCredential | undefined>) {
  const counts = { finds: 0, confirms: 0 }
  const source: AppKeySource = {
    find: async (name): Promise<UnconfirmedAppKey | undefined> => {
      counts.finds++
      const found = await appKeys.find(name)
      if (found === undefined || found === 'revoked') return undefined
      const confirm = () => {
        counts.confirms++
        return confirmed(name)
      }
      return { signingKey: found.signingKey, confirm }
    },
  }
  return { counts, ...verifierWith({ appKeys: source }) }
}

const known = async (name: AppKeyName) => (await appKeys.find(name)) as AppKeyCredential | undefined
const refused = { code: 'OAUTH_CREDENTIALS_INVALID' }

describe('nothing is looked up', () => {
  it('for a request that has a key that cannot be one of ours', async () => {
    const { verifier, counts } = countingSource(known)
    await expect(verifier.verify(signedRequest(target, { appKey: 'nobody' }))).rejects.toMatchObject(refused)
    expect(counts).toEqual({ finds: 0, confirms: 0 })
  })

  it.each([
    ['many parameters', Array.from({ length: 33 }, (_, n) => `p${n}=1`).join('&')],
    ['much text', 'x'.repeat(2_048)],
  ])('for a request with too %s', async (_, query) => {
    for (const signer of [appKey, 'le123.invented']) {
      const { verifier, counts } = countingSource(known)
      const request = signedRequest(`${target}&${query}`, { appKey: signer })
      await expect(verifier.verify(request)).rejects.toMatchObject({ code: 'LIMIT_EXCEEDED' })
      expect(counts).toEqual({ finds: 0, confirms: 0 })
    }
  })
})

describe('what an app key is good for', () => {
  it('is asked for a right signature alone, and before the nonce', async () => {
    const { verifier, counts, nonces } = countingSource(known)
    await expect(verifier.verify(signedRequest(target, { appSecret: 'wrong' }))).rejects.toMatchObject(refused)
    expect(counts).toEqual({ finds: 1, confirms: 0 })
    await expect(verifier.verify(signedRequest(target))).resolves.toMatchObject({ principal: { subject: appKey } })
    expect(counts).toEqual({ finds: 2, confirms: 1 })
    expect(nonces.claims).toHaveLength(1)
  })

  it('is not asked for a request that is out of time, and neither is the nonce', async () => {
    const { verifier, counts, nonces } = countingSource(known)
    const late = signedRequest(target, { timestamp: nowSeconds - 301 })
    await expect(verifier.verify(late)).rejects.toMatchObject({ code: 'OAUTH_TIMESTAMP_OUT_OF_WINDOW' })
    expect(counts).toEqual({ finds: 1, confirms: 0 })
    expect(nonces.claims).toEqual([])
  })

  it('refuses one that its account no longer lists, and an expired one, as it does an unknown one', async () => {
    const gone = countingSource(async () => undefined)
    await expect(gone.verifier.verify(signedRequest(target))).rejects.toMatchObject(refused)
    expect(gone.nonces.claims).toEqual([])
    const expired = countingSource(known)
    await expect(expired.verifier.verify(signedRequest(target, { appKey: expiredAppKey }))).rejects.toMatchObject(
      refused,
    )
    expect(expired.nonces.claims).toEqual([])
  })

  it('rejects as the look-up does', async () => {
    const { verifier } = countingSource(() => Promise.reject(new Error('the store is away')))
    await expect(verifier.verify(signedRequest(target))).rejects.toThrow('the store is away')
  })
})
