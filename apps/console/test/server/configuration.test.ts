import { describe, expect, it } from '@jest/globals'
import { isCodedError } from '@mtls-gateway/domain'
import { readConfiguration } from '../../src/server/configuration/configuration.ts'
import { sealingKeys } from '../../src/server/session/session-keys.ts'

const secretFile = import.meta.filename
const url = 'https://console.example'
const oidc = { OIDC_ISSUER: 'https://login.example', OIDC_CLIENT_ID: 'console', OIDC_CLIENT_SECRET_FILE: secretFile }

/** The variables that are told to be at fault. */
function faultsOf(environment: Readonly<Record<string, string>>): readonly string[] {
  try {
    readConfiguration(environment)
    return []
  } catch (error) {
    if (!isCodedError(error)) throw error
    return error.message.split('\n').flatMap((line) => /^- (\w+)/.exec(line)?.[1] ?? [])
  }
}

describe('the settings of the console', () => {
  it('have a default for a machine of one', () => {
    expect(readConfiguration({})).toMatchObject({
      port: 8_090,
      host: '127.0.0.1',
      configApiUrl: 'http://127.0.0.1:8080',
      sessionLifetimeMs: 43_200_000,
      oidcScopes: 'openid',
    })
  })

  it.each([
    ['beyond loopback without TLS', { CONSOLE_HOST: '0.0.0.0', CONSOLE_PUBLIC_URL: url }, ['CONSOLE_HOST']],
    ['beyond loopback without its url', { CONSOLE_HOST: '::', BEHIND_TLS_PROXY: 'true' }, ['CONSOLE_PUBLIC_URL']],
    [
      'at a url without TLS',
      { CONSOLE_PUBLIC_URL: 'http://console.example', BEHIND_TLS_PROXY: 'true' },
      ['CONSOLE_PUBLIC_URL'],
    ],
    [
      'beyond loopback at a url without TLS, which is said to be on this host',
      { CONSOLE_HOST: '0.0.0.0', CONSOLE_PUBLIC_URL: 'http://localhost:8082', BEHIND_TLS_PROXY: 'true' },
      ['CONSOLE_PUBLIC_URL'],
    ],
    ['at a url with a path', { CONSOLE_PUBLIC_URL: `${url}/console` }, ['CONSOLE_PUBLIC_URL']],
    ['with tokens in the clear', { CONFIG_API_URL: 'http://config-api:8080' }, ['CONFIG_API_URL']],
    [
      'with tokens in the clear for forwarder-api',
      { FORWARDER_API_URL: 'http://forwarder-api' },
      ['FORWARDER_API_URL'],
    ],
    ['with several instances, but a key each', { REDIS_URL: 'redis://redis' }, ['CONSOLE_SESSION_KEY_FILE']],
    ['with sessions of a minute', { CONSOLE_SESSION_LIFETIME: '1m' }, ['CONSOLE_SESSION_LIFETIME']],
    ['with an issuer alone', { OIDC_ISSUER: oidc.OIDC_ISSUER, CONSOLE_PUBLIC_URL: url }, Object.keys(oidc).slice(1)],
    ['with an issuer, and no url to come back to', oidc, ['CONSOLE_PUBLIC_URL']],
    [
      'with an issuer in the clear',
      { ...oidc, OIDC_ISSUER: 'http://login.example', CONSOLE_PUBLIC_URL: url },
      ['OIDC_ISSUER'],
    ],
    ['without the scope of OpenID Connect', { OIDC_SCOPES: 'profile' }, ['OIDC_SCOPES']],
  ])('are refused: %s', (_which, environment, faults) => {
    expect(faultsOf(environment)).toEqual(faults)
  })

  it.each([
    ['behind a proxy', { CONSOLE_HOST: '0.0.0.0', CONSOLE_PUBLIC_URL: url, BEHIND_TLS_PROXY: 'true' }],
    ['with config-api behind the same proxy', { CONFIG_API_URL: 'http://config-api', BEHIND_TLS_PROXY: 'true' }],
    ['on this host by its name', { CONSOLE_PUBLIC_URL: 'http://localhost:8090/' }],
    ['with an identity provider', { ...oidc, CONSOLE_PUBLIC_URL: url }],
    ['with several instances', { REDIS_URL: 'redis://redis', CONSOLE_SESSION_KEY_FILE: secretFile }],
  ])('are fine: %s', (_which, environment) => {
    expect(faultsOf(environment)).toEqual([])
  })
})

describe('the file of keys', () => {
  it('has one per line, the first of which is used', () => {
    const [one, two] = [1, 2].map((byte) => Buffer.alloc(32, byte).toString('base64'))
    const keys = sealingKeys(`${one}\n${two}\n\n`)
    expect(keys.session).toHaveLength(2)
    expect(keys.session[0]).toEqual(sealingKeys(`${one}`).session[0])
    expect(keys.session[0].key).not.toEqual(keys['sign-in'][0].key)
  })

  it.each(['', 'short', `${'A'.repeat(43)}= nonsense`])('is refused with anything else: %j', (text) => {
    expect(() => sealingKeys(text)).toThrow('openssl rand -base64 32')
  })
})
