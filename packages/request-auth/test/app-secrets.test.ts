import { describe, expect, it } from '@jest/globals'
import { isCodedError, parseAccountId, type RefusalReason } from '@mtls-gateway/domain'
import { type AppKeySource, AppSecrets, claimedCaller, parseBasic, prepareAppKey } from '../src/index.ts'
import { appKey, appKeys, appSecret, expiredAppKey, nowMs } from './oauth1-setup.ts'

const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`

async function refusalOf(source: AppKeySource, pair: { appKey: string; secret: string }) {
  try {
    await new AppSecrets({ appKeys: source, clock: () => nowMs }).verify(pair)
  } catch (error) {
    if (isCodedError(error)) return error
    throw error
  }
  throw new Error('nothing was thrown')
}

describe('Basic credentials', () => {
  it.each([
    [basic('le123.a:b'), { appKey: 'le123.a', secret: 'b' }],
    [basic('le123.a:b:c ü'), { appKey: 'le123.a', secret: 'b:c ü' }],
    [basic(':'), { appKey: '', secret: '' }],
    [`bASIC \t ${Buffer.from('a:b').toString('base64')} `, { appKey: 'a', secret: 'b' }],
    [basic('no colon'), undefined],
    ['Basic', undefined],
    ['Basic ', undefined],
    ['Basic a:b', undefined],
    ['Bearer YTpi', undefined],
  ])('%s are read as %j', (authorization, pair) => {
    expect(parseBasic(authorization)).toEqual(pair)
  })

  it('claim to be the app key, if there can be such a one', () => {
    expect(claimedCaller(basic(`${appKey}:${appSecret}`))).toBe(appKey)
    expect(claimedCaller(basic('some secret:b'))).toBeUndefined()
  })
})

describe('an app key and its secret', () => {
  it('are who signs with them', async () => {
    const secrets = new AppSecrets({ appKeys, clock: () => nowMs })
    expect(await secrets.verify({ appKey, secret: appSecret })).toMatchObject({ kind: 'oauth1', subject: appKey })
  })

  it.each<[string, { appKey: string; secret: string }, RefusalReason]>([
    ['another secret', { appKey, secret: `${appSecret} ` }, 'secret-wrong'],
    ['no secret', { appKey, secret: '' }, 'secret-wrong'],
    ['a key that has expired', { appKey: expiredAppKey, secret: appSecret }, 'key-expired'],
    ['an expired key and another secret', { appKey: expiredAppKey, secret: 'x' }, 'secret-wrong'],
    ['a key that there is not', { appKey: 'le123.key-3', secret: appSecret }, 'key-unknown'],
    ['what is no key', { appKey: appSecret, secret: appSecret }, 'key-malformed'],
  ])('are refused with %s, and the answer is the same', async (_, pair, reason) => {
    const error = await refusalOf(appKeys, pair)
    expect(error).toMatchObject({ code: 'OAUTH_CREDENTIALS_INVALID', refusal: { reason }, details: {} })
    expect(error.message).toBe((await refusalOf(appKeys, { appKey, secret: 'x' })).message)
  })

  it('are refused where the key is revoked, also if only its account knows that', async () => {
    expect(await refusalOf({ find: () => 'revoked' }, { appKey, secret: appSecret })).toMatchObject({
      refusal: { reason: 'key-revoked' },
    })
    const { signingKey } = prepareAppKey({
      appKey,
      secret: appSecret,
      accountId: parseAccountId('le123'),
      scopes: [],
      expiresAt: null,
    })
    let looks = 0
    const confirm = async () => {
      looks++
      return undefined
    }
    const source = { find: () => ({ signingKey, confirm }) }
    expect(await refusalOf(source, { appKey, secret: 'x' })).toMatchObject({ refusal: { reason: 'secret-wrong' } })
    expect(looks).toBe(0)
    expect(await refusalOf(source, { appKey, secret: appSecret })).toMatchObject({ refusal: { reason: 'key-revoked' } })
  })
})
