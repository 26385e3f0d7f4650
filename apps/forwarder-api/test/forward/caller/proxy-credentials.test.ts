import type { IncomingMessage } from 'node:http'
import { describe, expect, it } from '@jest/globals'
import { type CodedError, isCodedError, parseAccountId } from '@mtls-gateway/domain'
import { AppSecrets, type CredentialKind, type Principal } from '@mtls-gateway/request-auth'
import { requestContextOf } from '@mtls-gateway/service-kit'
import { ProxyCredentials } from '../../../src/forward/caller/proxy-credentials.ts'

const token: Principal = {
  kind: 'bearer',
  subject: 'issuer#anna',
  accounts: new Set([parseAccountId('le123')]),
  scopes: new Set(['forward']),
  expiresAtMs: Number.POSITIVE_INFINITY,
}

interface Setting {
  readonly accepted: readonly CredentialKind[]
  readonly protocol?: 'http' | 'https'
  readonly forwardedProtocol?: string
  readonly clientAddress: string
  readonly authorization?: string
  readonly principal?: Principal
}

async function outcomeOf({ accepted, protocol = 'http', forwardedProtocol, principal = token, ...setting }: Setting) {
  const credentials = new ProxyCredentials({
    appSecrets: new AppSecrets({ appKeys: { find: () => undefined }, clock: Date.now }),
    bearer: { verify: async () => principal },
    accepted,
    addressOf: () => ({ publicBaseUrls: [], protocol, host: 'a', forwarded: { protocol: forwardedProtocol } }),
  })
  const request = { headers: { 'proxy-authorization': setting.authorization } } as unknown as IncomingMessage
  requestContextOf(request).clientAddress = setting.clientAddress
  const error: unknown = await (async () => credentials.verify(request))().then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!isCodedError(error)) return { error }
  const { status, headers, body } = credentials.problemOf(error as CodedError, request)
  return { status, challenge: headers['proxy-authenticate'], code: body.code, told: body.status, headers }
}

const basicChallenge = 'Basic realm="mtls-gateway", charset="UTF-8"'
const bearerChallenge = 'Bearer realm="mtls-gateway"'

describe('a client without credentials', () => {
  it.each<[string, Omit<Setting, 'accepted'>]>([
    ['TLS', { protocol: 'https', clientAddress: '192.0.2.1' }],
    ['TLS as a proxy in front says', { forwardedProtocol: 'https', clientAddress: '192.0.2.1' }],
    ['loopback', { clientAddress: '127.0.0.2' }],
    ['loopback of IPv6', { clientAddress: '::1' }],
  ])('is asked for an app key and its secret over %s', async (_, setting) => {
    const expected = { status: 407, told: 407, code: 'CREDENTIALS_MISSING' }
    expect(await outcomeOf({ ...setting, accepted: ['oauth1'] })).toMatchObject({
      ...expected,
      challenge: [basicChallenge],
    })
    expect(await outcomeOf({ ...setting, accepted: ['oauth1', 'bearer'] })).toMatchObject({
      ...expected,
      challenge: [basicChallenge, bearerChallenge],
    })
  })

  it.each<[string, Omit<Setting, 'accepted'>]>([
    ['in clear text', { clientAddress: '192.0.2.1' }],
    ['in clear text to a proxy in front', { protocol: 'https', forwardedProtocol: 'http', clientAddress: '192.0.2.1' }],
  ])('is never asked for a secret %s', async (_, setting) => {
    const { challenge } = await outcomeOf({ ...setting, accepted: ['oauth1', 'bearer'] })
    expect(challenge).toEqual([bearerChallenge])
    const without = await outcomeOf({ ...setting, accepted: ['oauth1'] })
    expect(without).toMatchObject({ status: 400, code: 'MALFORMED_REQUEST', challenge: undefined })
  })
})

describe('credentials', () => {
  const basic = `Basic ${Buffer.from('le123.k:secret').toString('base64')}`
  const accepted = ['oauth1', 'bearer'] as const

  it('that have the secret itself are not looked at in clear text', async () => {
    const refused = await outcomeOf({ accepted, clientAddress: '192.0.2.1', authorization: basic })
    expect(refused).toMatchObject({ status: 407, code: 'CREDENTIAL_KIND_NOT_TAKEN', challenge: [bearerChallenge] })
  })

  it.each(['Bearer a', 'OAuth a', 'Digest a', 'Basic'])('of another kind are refused: %s', async (authorization) => {
    const refused = await outcomeOf({ accepted: ['oauth1'], clientAddress: '127.0.0.1', authorization })
    expect(refused).toMatchObject({ status: 407, code: 'CREDENTIAL_KIND_NOT_TAKEN', challenge: [basicChallenge] })
    expect(refused.headers).not.toHaveProperty('www-authenticate')
  })

  it('are those of one account, which no path names', async () => {
    const call = { accepted, clientAddress: '127.0.0.1', authorization: 'Bearer a' }
    expect(await outcomeOf(call)).toEqual({ error: undefined })
    const [one, other] = [parseAccountId('le123'), parseAccountId('le124')]
    for (const accounts of ['*', new Set([one, other]), new Set<typeof one>()] as const) {
      const refused = await outcomeOf({ ...call, principal: { ...token, accounts } })
      expect(refused).toMatchObject({ status: 403, code: 'WRONG_ACCOUNT', challenge: undefined })
    }
    const lacking = await outcomeOf({ ...call, principal: { ...token, scopes: new Set() } })
    expect(lacking).toMatchObject({ status: 403, code: 'SCOPE_MISSING', challenge: undefined })
  })
})
