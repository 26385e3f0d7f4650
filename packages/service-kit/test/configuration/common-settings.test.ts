import { describe, expect, it } from '@jest/globals'
import type { CodedError } from '@mtls-gateway/domain'
import { commonRules, commonSettings, parseConfiguration } from '../../src/index.ts'
import { withSecretFile } from '../support/proxies.ts'

const settings = commonSettings('CONFIG_API', { service: 8_080, management: 9_080 })
const read = (environment: Record<string, string>) => parseConfiguration(settings, environment, commonRules(settings))
const file = import.meta.filename

function faultyVariables(environment: Record<string, string>): string[] {
  try {
    read(environment)
    return []
  } catch (error) {
    return ((error as CodedError).details.faults as { variable: string }[]).map(({ variable }) => variable)
  }
}

describe('the settings that both services have', () => {
  it('need nothing to be set', () => {
    expect(read({})).toMatchObject({
      port: 8_080,
      host: '127.0.0.1',
      managementPort: 9_080,
      managementHost: '127.0.0.1',
      dataDir: '.data',
      trustedProxies: [],
      trustedProxySecretFile: undefined,
      throttlePerSecond: 150,
      publicBaseUrls: [],
      logLevel: 'info',
      shutdownGraceMs: 30_000,
      masterKey: undefined,
    })
  })

  it('have a name, a meaning and a default that is taken', () => {
    for (const { variable: name, meaning } of Object.values(settings)) {
      expect(name).toMatch(/^[A-Z][A-Z0-9_]+$/)
      expect(meaning).toMatch(/\.$/)
    }
  })

  it('know the services of the deployment beside the built-in ones', () => {
    const { services } = read({ SERVICES: 'PAYMENTS=10,REPORTS=11' })
    expect(services.resolve('10').name).toBe('PAYMENTS')
    expect(services.resolve('IDP').number).toBe('1')
  })

  it.each(['PAYMENTS', 'payments=1', 'IDP=9', 'PAYMENTS=1', 'A=10,B=10'])('refuse the services %j', (SERVICES) => {
    expect(faultyVariables({ SERVICES })).toEqual(['SERVICES'])
  })

  it('let the event loop be blocked for as long as nobody would wait, or without limit', () => {
    expect(read({}).blockedLimitMs).toBe(10_000)
    for (const BLOCKED_LIMIT of ['0', '1s', '1h']) expect(faultyVariables({ BLOCKED_LIMIT })).toEqual([])
    for (const BLOCKED_LIMIT of ['999ms', '61m', '365d'])
      expect(faultyVariables({ BLOCKED_LIMIT })).toEqual(['BLOCKED_LIMIT'])
  })

  it('take the addresses of proxies, and ranges of them', () => {
    const { trustedProxies } = read({ TRUSTED_PROXIES: '10.0.0.5, 10.1.0.0/16,2001:db8::1,fd00::/8' })
    expect(trustedProxies).toEqual(['10.0.0.5', '10.1.0.0/16', '2001:db8::1', 'fd00::/8'])
    for (const TRUSTED_PROXIES of ['', '0']) expect(read({ TRUSTED_PROXIES }).trustedProxies).toEqual([])
  })

  it.each([
    'true',
    'nginx',
    '10.0.0.5,',
    '10.0.0.5 10.0.0.6',
    '10.0.0.0/33',
    '10.0.0.5:80',
    '0.0.0.0/0',
    'fd00::,::/0',
    '::/1',
    '::ffff:0:0/96',
  ])('take no other proxies: %s', (TRUSTED_PROXIES) => {
    expect(faultyVariables({ TRUSTED_PROXIES })).toEqual(['TRUSTED_PROXIES'])
  })

  it('say what to write instead of the number of proxies', () => {
    for (const TRUSTED_PROXIES of ['1', '2', '16'])
      expect(() => read({ TRUSTED_PROXIES })).toThrow(
        /TRUSTED_PROXIES must list the addresses of the proxies, no longer how many there are .+TRUSTED_PROXY_SECRET_FILE.+Example: TRUSTED_PROXIES=10\.0\.0\.5/,
      )
  })

  it('take a file with long secrets of proxies', async () => {
    const faults = (...lines: string[]) =>
      withSecretFile(lines, (TRUSTED_PROXY_SECRET_FILE) => faultyVariables({ TRUSTED_PROXY_SECRET_FILE }))
    const secret = 's'.repeat(32)
    expect([await faults(secret), await faults(secret, '', secret, '')]).toEqual([[], []])
    for (const lines of [[], [''], ['short'], [secret, 'short'], [`${secret} ${secret}`], [`${secret}\u00e9`]])
      expect(await faults(...lines)).toEqual(['TRUSTED_PROXY_SECRET_FILE'])
    expect(faultyVariables({ TRUSTED_PROXY_SECRET_FILE: '/does/not/exist' })).toEqual(['TRUSTED_PROXY_SECRET_FILE'])
  })

  it('want certificate and key of TLS together', () => {
    expect(faultyVariables({ TLS_CERT_FILE: file })).toEqual(['TLS_KEY_FILE'])
    expect(faultyVariables({ TLS_KEY_FILE: file })).toEqual(['TLS_CERT_FILE'])
    expect(faultyVariables({ TLS_KEY_FILE: file, TLS_CERT_FILE: file })).toEqual([])
  })

  it('want all that client certificates of callers need, and nothing that has no effect', () => {
    const tls = { TLS_CERT_FILE: file, TLS_KEY_FILE: file }
    const rules = { CALLER_CERTIFICATE_RULES_FILE: file }
    expect(faultyVariables({ ...tls, ...rules, CALLER_CA_FILE: file })).toEqual([])
    expect(faultyVariables({ ...rules, CALLER_CA_FILE: file })).toEqual(['TLS_CERT_FILE'])
    expect(faultyVariables({ ...tls, CALLER_CA_FILE: file })).toEqual(['CALLER_CERTIFICATE_RULES_FILE'])
    expect(faultyVariables({ ...tls, ...rules })).toEqual(['CALLER_CA_FILE'])
    const fromProxy = { CALLER_CERTIFICATE_FROM_PROXY: 'true', TRUSTED_PROXIES: '10.0.0.5' }
    expect(faultyVariables({ ...rules, ...fromProxy })).toEqual([])
    expect(faultyVariables(fromProxy)).toEqual(['CALLER_CERTIFICATE_RULES_FILE'])
    expect(faultyVariables({ ...rules, CALLER_CERTIFICATE_FROM_PROXY: 'true' })).toEqual(['TRUSTED_PROXIES'])
  })

  it('tell of a file that is missing once, not as if it were not set', () => {
    expect(faultyVariables({ TLS_CERT_FILE: '/does/not/exist', TLS_KEY_FILE: file })).toEqual(['TLS_CERT_FILE'])
  })

  it('want the keys of an issuer where they want a type of its tokens', () => {
    expect(faultyVariables({ TOKEN_TYPE: 'at+jwt' })).toEqual(['TOKEN_JWKS_URL'])
    const issuer = { TOKEN_ISSUER: 'a', TOKEN_AUDIENCE: 'b', TOKEN_JWKS_URL: 'https://a.example/jwks' }
    expect(faultyVariables({ ...issuer, TOKEN_TYPE: 'at+jwt' })).toEqual([])
  })

  it('want all of a token issuer, and all of an introspection endpoint', () => {
    expect(faultyVariables({ TOKEN_JWKS_URL: 'https://a.example/jwks' })).toEqual(['TOKEN_ISSUER', 'TOKEN_AUDIENCE'])
    expect(faultyVariables({ INTROSPECTION_URL: 'https://a.example', INTROSPECTION_CLIENT_ID: 'a' })).toEqual([
      'INTROSPECTION_CLIENT_SECRET',
    ])
  })
})

describe('listening beyond loopback', () => {
  const PUBLIC_BASE_URLS = 'https://gateway.example'

  it.each(['0.0.0.0', '::', '10.1.2.3', 'gateway.internal'])('on %s is refused without TLS', (CONFIG_API_HOST) => {
    expect(faultyVariables({ CONFIG_API_HOST, PUBLIC_BASE_URLS })).toEqual(['CONFIG_API_HOST'])
  })

  it.each(['0.0.0.0', '::', '10.1.2.3', 'gateway.internal'])(
    'on %s is refused without the urls that callers sign, or the Host header would decide what was signed',
    (CONFIG_API_HOST) => {
      expect(faultyVariables({ CONFIG_API_HOST, BEHIND_TLS_PROXY: 'true' })).toEqual(['PUBLIC_BASE_URLS'])
      expect(faultyVariables({ CONFIG_API_HOST })).toEqual(['CONFIG_API_HOST', 'PUBLIC_BASE_URLS'])
      // Invalid on its own, which is reported once.
      expect(faultyVariables({ CONFIG_API_HOST, BEHIND_TLS_PROXY: 'true', PUBLIC_BASE_URLS: 'x' })).toEqual([
        'PUBLIC_BASE_URLS',
      ])
    },
  )

  it('is allowed with TLS, or behind a proxy that ends it', () => {
    const CONFIG_API_HOST = '0.0.0.0'
    const beyond = { CONFIG_API_HOST, PUBLIC_BASE_URLS }
    expect(faultyVariables({ ...beyond, BEHIND_TLS_PROXY: 'true' })).toEqual([])
    expect(faultyVariables({ ...beyond, TLS_CERT_FILE: file, TLS_KEY_FILE: file })).toEqual([])
  })

  it.each(['127.0.0.1', '127.9.9.9', '::1', 'localhost'])('is not what %s is', (CONFIG_API_HOST) => {
    expect(faultyVariables({ CONFIG_API_HOST })).toEqual([])
  })
})
