import { describe, expect, it } from '@jest/globals'
import {
  type AskedTargetAuth,
  isForHost,
  nextTargetAuth,
  parseAuthHeaderName,
  parseIssuer,
  parseRecordId,
  parseSecret,
  parseTokenUrl,
  targetAuthKey,
  targetSecretIds,
} from '../../src/index.ts'
import { errorOf } from '../applying.ts'

const [first, second] = [parseRecordId('first'), parseRecordId('second')]
const now = { at: '2026-12-01T00:00:00.000Z', actor: 'alice' }
const tokenUrl = parseTokenUrl('https://auth.example/token')
const oauth2: AskedTargetAuth = { type: 'oauth2', tokenUrl, clientId: 'c', method: 'client_secret_basic' }
const headers = (name: string, secretId?: typeof first): AskedTargetAuth => ({
  type: 'headers',
  headers: [{ name, secretId }],
})

describe('what a mapping has of its target’s secrets after a change', () => {
  const present = nextTargetAuth(undefined, { ...oauth2, secretId: first }, now, 'a.example')

  it('is what was sent, with who has sent it and when', () => {
    expect(present).toMatchObject({ secret: { secretId: first, setAt: now.at, setBy: 'alice' } })
    expect(targetSecretIds(present)).toEqual([first])
  })

  it('stays where nothing is sent and it is for the same', () => {
    expect(nextTargetAuth(present, undefined, now, 'a.example')).toBe(present)
    const rescoped = nextTargetAuth(present, { ...oauth2, scope: 's' }, { ...now, actor: 'bob' }, 'a.example')
    expect(rescoped).toMatchObject({ scope: 's', secret: { secretId: first, setBy: 'alice' } })
    const named = nextTargetAuth(undefined, headers('X-Key', first), now, 'a.example')
    expect(targetSecretIds(nextTargetAuth(named, headers('x-key'), now, 'a.example'))).toEqual([first])
  })

  it.each([
    ['another client', { ...oauth2, clientId: 'd' }, false],
    ['another endpoint', { ...oauth2, tokenUrl: parseTokenUrl('https://auth.example/other') }, false],
    ['another host', oauth2, true],
    ['another host, without a word of it', undefined, true],
    ['another kind', headers('X-Key'), false],
  ] as const)('is asked for again for %s', (_, asked, isElsewhere) => {
    const refused = errorOf(() => nextTargetAuth(present, asked, now, isElsewhere ? 'b.example' : 'a.example'))
    expect(refused).toMatchObject({ code: 'TARGET_SECRET_NEEDED', message: expect.stringContaining('Send the secret') })
  })

  it('is asked for again for a header field of another name, or another host', () => {
    const named = nextTargetAuth(undefined, headers('X-Key', first), now, 'a.example')
    for (const [asked, isElsewhere] of [
      [headers('X-Other'), false],
      [headers('X-Key'), true],
    ] as const) {
      expect(errorOf(() => nextTargetAuth(named, asked, now, isElsewhere ? 'b.example' : 'a.example'))).toMatchObject({
        code: 'TARGET_SECRET_NEEDED',
        details: { field: 'targetAuth.headers.0.secret' },
      })
    }
  })

  it('goes with a method that needs none, and is another where one is sent', () => {
    const byCertificate = nextTargetAuth(present, { ...oauth2, method: 'tls_client_auth' }, now, 'a.example')
    expect(targetSecretIds(byCertificate)).toEqual([])
    const sentAgain = nextTargetAuth(present, { ...oauth2, secretId: second }, now, 'b.example')
    expect(targetSecretIds(sentAgain)).toEqual([second])
    if (present === undefined || sentAgain === undefined) throw new TypeError('both are there')
    expect([isForHost(present, 'a.example'), isForHost(sentAgain, 'a.example')]).toEqual([true, false])
    expect(targetAuthKey(sentAgain)).not.toBe(targetAuthKey(present))
  })
})

it('is said of the token endpoint where its url cannot be called', () => {
  expect(errorOf(() => parseTokenUrl('http://auth.example/token'))).toMatchObject({
    code: 'TARGET_URL_NOT_HTTPS',
    details: { field: 'targetAuth.tokenUrl' },
  })
})

describe('the names and values of header fields', () => {
  it.each(['X-Api-Key', 'Authorization', 'apikey', 'X_Key'])('take %s', (name) => {
    expect(parseAuthHeaderName(name, 'f')).toBe(name)
  })

  it.each(['', 'a b', 'a:b', 'ü', 'Host', 'host', 'LP-x', 'lp_x', 'Content-Length', 'transfer_encoding', 'TE', 'Via'])(
    'don’t take %s',
    (name) => {
      expect(errorOf(() => parseAuthHeaderName(name, 'f'))).toMatchObject({ details: { field: 'f' } })
    },
  )

  it.each(['', ' a', 'a ', 'a\r\nb', 'a\0', 'ü', '\t'])('don’t take the value %j, nor show it', (text) => {
    const { message } = errorOf(() => parseSecret(text, 'f'))
    expect(message).toBe('"f" has to be printable ASCII without spaces at its ends.')
  })
})

describe('the issuer of an authorization server', () => {
  it.each(['https://auth.example', 'https://auth.example/', 'https://AUTH.example/Realms/a'])('is kept: %s', (text) => {
    expect(parseIssuer(text, 'issuer')).toBe(text)
  })

  it.each([
    'http://auth.example',
    'auth.example',
    'https://',
    'https://a.example?x',
    'https://u@a.example',
    ' https://a.example',
  ])('is no %s', (text) => {
    expect(errorOf(() => parseIssuer(text, 'issuer')).code).toBe('TARGET_AUTH_INVALID')
  })
})
