import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { bindingOf, type EndpointAnswer, type PostToEndpoint, requestToken, TokenFailure } from '../src/index.ts'

const settings = { tokenUrl: 'https://auth.bank.example/token', clientId: 'c', method: 'tls_client_auth' } as const
const json = { 'content-type': 'application/json' }

const ask = (answer: Partial<EndpointAnswer> & { readonly says?: unknown }) => {
  const { says, ...rest } = answer
  const body = Buffer.from(typeof says === 'string' ? says : JSON.stringify(says ?? {}))
  return requestToken(settings, {}, async () => ({ status: 200, headers: json, body, truncated: false, ...rest }))
}

const failureOf = async (asked: Promise<unknown>): Promise<TokenFailure> => {
  const failure = await asked.then(
    () => undefined,
    (error: unknown) => error,
  )
  expect(failure).toBeInstanceOf(TokenFailure)
  return failure as TokenFailure
}

describe('what a token endpoint answers instead of a token', () => {
  it.each([
    [
      'HTML',
      { says: '<h1>Welcome</h1>', headers: { 'content-type': 'text/html' } },
      'TOKEN_ENDPOINT_MALFORMED',
      /no JSON/,
    ],
    ['nothing', { status: 204 }, 'TOKEN_ENDPOINT_MALFORMED', /answered 204/],
    ['a redirect', { status: 302, headers: { location: '/x' } }, 'TOKEN_ENDPOINT_MALFORMED', /leads to another url/],
    ['an error of its own', { status: 503, says: 'down' }, 'TOKEN_ENDPOINT_MALFORMED', /answered 503/],
    ['1 MiB', { truncated: true }, 'TOKEN_ENDPOINT_MALFORMED', /too long/],
    ['JSON without a token', { says: { token_type: 'Bearer' } }, 'TOKEN_ENDPOINT_NO_TOKEN', /without an access token/],
    ['a list', { says: [] }, 'TOKEN_ENDPOINT_NO_TOKEN', /without an access token/],
    ['null', { says: null }, 'TOKEN_ENDPOINT_NO_TOKEN', /without an access token/],
    [
      'a token of another type',
      { says: { access_token: 't', token_type: 'mac' } },
      'TOKEN_ENDPOINT_TOKEN_TYPE',
      /not Bearer/,
    ],
    ['a DPoP token', { says: { access_token: 't', token_type: 'DPoP' } }, 'TOKEN_ENDPOINT_TOKEN_TYPE', /not Bearer/],
    [
      'a life below 0',
      { says: { access_token: 't', token_type: 'Bearer', expires_in: -1 } },
      'TOKEN_ENDPOINT_MALFORMED',
      /can not be/,
    ],
    [
      'a token of more than 16 KiB',
      { says: { access_token: 't'.repeat(16_385), token_type: 'Bearer' } },
      'TOKEN_ENDPOINT_MALFORMED',
      /16385 char/,
    ],
    [
      'a token with a line break',
      { says: { access_token: 't\r\nX: y', token_type: 'Bearer' } },
      'TOKEN_ENDPOINT_MALFORMED',
      /can not be sent/,
    ],
    [
      '401 without a word',
      { status: 401, says: '' },
      'TOKEN_ENDPOINT_CLIENT_REFUSED',
      /client id, the method and the secret/,
    ],
    [
      '401 with a challenge',
      { status: 401, headers: { 'www-authenticate': 'Basic realm="x"' } },
      'TOKEN_ENDPOINT_CLIENT_REFUSED',
      /client id/,
    ],
    [
      'invalid_client',
      { status: 400, says: { error: 'invalid_client' } },
      'TOKEN_ENDPOINT_CLIENT_REFUSED',
      /invalid_client/,
    ],
    [
      'invalid_scope',
      { status: 400, says: { error: 'invalid_scope', error_description: 'no "x"' } },
      'TOKEN_ENDPOINT_REFUSED',
      /invalid_scope: no "x"/,
    ],
  ] as const)('%s is told', async (_, answer, code, message) => {
    const failure = await failureOf(ask(answer))
    expect(failure).toMatchObject({ code, message: expect.stringMatching(message) })
    expect(failure.message).toContain('auth.bank.example')
  })

  it('is cut and printable where it is the words of a stranger', async () => {
    const says = { error: `x\u001b[31m${'y'.repeat(1_000)}`, error_description: 'z\n'.repeat(1_000) }
    const { message, said } = await failureOf(ask({ status: 400, says }))
    expect(message.length).toBeLessThan(700)
    expect(JSON.stringify(said) + message).toMatch(/^[\x20-\x7e]*$/)
  })

  it.each([
    { access_token: 'canary-token', token_type: 'mac' },
    { access_token: 'canary-token', token_type: 'Bearer', expires_in: 'soon' },
    { access_token: 'canary-token with a space', token_type: 'Bearer' },
    { error: 7, access_token: 'canary-token' },
  ])('never has a token in its failure: %j', async (says) => {
    const failure = await failureOf(ask({ says }))
    expect(inspect(failure, { depth: 20, showHidden: true })).not.toContain('canary')
  })

  it('is no answer where the endpoint could not be called; the cause says why', async () => {
    const refused = requestToken(settings, {}, () => Promise.reject(new Error('Nobody listens at port 443.')))
    expect(await failureOf(refused)).toMatchObject({
      code: 'TOKEN_ENDPOINT_UNREACHABLE',
      message: 'The token endpoint auth.bank.example could not be asked for a token: Nobody listens at port 443.',
    })
  })
})

describe('what a token endpoint repeats of what it was asked with', () => {
  const clientSecret = 'a secret/of: the client'
  const encoded = 'a+secret%2Fof%3A+the+client'
  const basic = Buffer.from(`c:${encoded}`).toString('base64')
  type Asked = Parameters<PostToEndpoint>[0]
  const decoded = ({ headers }: Asked) => Buffer.from(String(headers.authorization).slice(6), 'base64').toString()

  it.each([
    ['client_secret_basic', ({ headers }: Asked) => `${headers.authorization} "${clientSecret}"`],
    ['client_secret_basic', decoded],
    ['client_secret_post', () => `"${clientSecret}"`],
    ['client_secret_post', ({ body }: Asked) => body],
  ] as const)('is not told, by %s', async (method, repeat) => {
    const asked = requestToken({ ...settings, method }, { clientSecret }, async (request) => ({
      status: 400,
      headers: json,
      body: Buffer.from(JSON.stringify({ error: 'invalid_client', error_description: repeat(request) })),
      truncated: false,
    }))
    const failure = await failureOf(asked)
    expect(failure.said.errorDescription).toContain('***')
    for (const secret of [clientSecret, encoded, basic]) expect(inspect(failure, { depth: 9 })).not.toContain(secret)
  })

  it('is not told where it repeats the token', async () => {
    const token = 'canary-of-the-token'
    const { scope } = await ask({ says: { access_token: token, token_type: 'Bearer', scope: `s ${token}` } })
    expect(scope).toBe('s ***')
  })
})

describe('what a token is bound to', () => {
  const jwt = (claims: unknown) =>
    ['{}', JSON.stringify(claims), 's'].map((part) => Buffer.from(part).toString('base64url')).join('.')

  it.each([
    ['opaque', 'opaque'],
    ['a.b', 'opaque'],
    ['a.b.c.d', 'opaque'],
    [jwt('text'), 'opaque'],
    [jwt(null), 'opaque'],
    [jwt({}), 'none'],
    [jwt({ cnf: 'x' }), 'none'],
    [jwt({ cnf: { jkt: 'x' } }), 'none'],
    [jwt({ cnf: { 'x5t#S256': 7 } }), 'none'],
  ])('is, of %s, %s', (token, kind) => {
    expect(bindingOf(token)).toEqual({ kind })
  })

  it('is the certificate that it names', () => {
    const token = jwt({ cnf: { 'x5t#S256': Buffer.from('abcd', 'hex').toString('base64url') } })
    expect(bindingOf(token)).toEqual({ kind: 'certificate', fingerprintSha256: 'abcd' })
  })
})
