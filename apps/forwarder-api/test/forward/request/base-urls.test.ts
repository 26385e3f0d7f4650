import { describe, expect, it } from '@jest/globals'
import { isCodedError, parseAccountId, ServiceCatalogue } from '@mtls-gateway/domain'
import type { AccountReader } from '@mtls-gateway/registry'
import type { Principal } from '@mtls-gateway/request-auth'
import type { ForwardInstructions } from '../../../src/forward/headers/request-headers.ts'
import { type BaseUrlCaller, BaseUrls } from '../../../src/forward/request/base-urls.ts'

const accountId = parseAccountId('le123')
const urls: Readonly<Record<number, string>> = {
  1: 'https://bank.example/*',
  2: 'https://bank.example:8443/a/b/*',
  3: 'https://bank.example/token',
  4: 'https://bank.example/',
  5: 'https://bank.example/token?x=1',
  6: 'https://*.bank.example/*',
  7: 'https://*.bank.example/token',
  8: 'https://bank.example/token?x=/*',
  10: 'https://*/*',
}

/** The copy at hand lacks the mapping 2. */
function baseUrls(publicBaseUrls: readonly string[]): BaseUrls {
  const mappingOf = (id: number) => urls[id] && { id, serviceId: '1', url: urls[id] }
  const accounts = {
    get: () => ({ findMappingById: (id: number) => (id === 2 ? undefined : mappingOf(id)) }),
    revalidate: async () => ({ findMappingById: mappingOf }),
  } as unknown as AccountReader
  const forwarded = { host: 'edge.example:8443' }
  const addressOf = () => ({ publicBaseUrls, protocol: 'http', host: 'Called.example', forwarded }) as const
  return new BaseUrls(accounts, new ServiceCatalogue(), publicBaseUrls, addressOf)
}

interface Circumstances {
  readonly gateway?: Readonly<Record<string, string>>
  readonly publicBaseUrls?: readonly string[]
  readonly principal?: Partial<Principal>
}

async function resolved(
  path: string,
  { gateway = {}, publicBaseUrls = [], principal = {} }: Circumstances = {},
): Promise<ForwardInstructions> {
  const [, mapping = '', rest = ''] = /^([^/?]*)(.*)$/.exec(path) ?? []
  const caller = { principal: { kind: 'oauth1', subject: 'key', ...principal }, request: {} } as BaseUrlCaller
  const fields = new Map(Object.entries(gateway))
  return baseUrls(publicBaseUrls).resolve(accountId, { mapping, rest }, fields, caller)
}

async function codeOf(path: string, circumstances?: Circumstances): Promise<string | undefined> {
  const error: unknown = await resolved(path, circumstances).catch((reason: unknown) => reason)
  return isCodedError(error) ? error.code : undefined
}

describe('a call by base url', () => {
  it.each([
    ['1', 'https://bank.example/'],
    ['1/', 'https://bank.example/'],
    ['1?a=b', 'https://bank.example/?a=b'],
    ['1/a//b;c=1/%e2%82%ac/+~', 'https://bank.example/a//b;c=1/%e2%82%ac/+~'],
    ['1/a?', 'https://bank.example/a?'],
    ['1/a?b=/../%2f//x?y&&=', 'https://bank.example/a?b=/../%2f//x?y&&='],
    ['1/.well-known/a..b/...', 'https://bank.example/.well-known/a..b/...'],
    ['1/urn:x:y', 'https://bank.example/urn:x:y'],
    ['2/c', 'https://bank.example:8443/a/b/c'],
    ['3', 'https://bank.example/token'],
    ['3?a=b', 'https://bank.example/token?a=b'],
    ['4/', 'https://bank.example/'],
    ['5', 'https://bank.example/token?x=1'],
    ['8', 'https://bank.example/token?x=/*'],
    ['1/a?lp_hash=x', 'https://bank.example/a'],
    ['1/a?b=1&lp_hash=x&c=%20', 'https://bank.example/a?b=1&c=%20'],
    ['1/a?b=lp_hash=x', 'https://bank.example/a?b=lp_hash=x'],
  ])('to %s goes to %s, by the service of the mapping, and never without its certificate', async (path, targetUrl) => {
    const gateway = { 'lp-stop-if-certificate-not-found': 'false' }
    const instructions = { targetUrl, serviceName: '1', stopIfCertificateNotFound: true }
    expect(await resolved(path, { gateway })).toMatchObject(instructions)
  })

  it('by a token has an lp_hash of its target, as there is no signature to cover one of ours', async () => {
    const { targetUrl } = await resolved('1/a?lp_hash=x', { principal: { kind: 'bearer' } })
    expect(targetUrl).toBe('https://bank.example/a?lp_hash=x')
  })

  it.each(['1/a', '3/a', '6/a'])('to %s says nothing of the mapping to callers of other services', async (path) => {
    const principal = { services: new Set(['2']) }
    expect(await codeOf(path, { principal, gateway: { 'lp-service-name': 'FAAS' } })).toBe('SERVICE_NOT_ALLOWED')
  })

  it.each(['', '0', '9', '01', '1x', '%31', '-1', '9007199254740993'])('to the mapping %j finds none', async (id) => {
    expect(await codeOf(`${id}/a`)).toBe('MAPPING_NOT_FOUND')
  })

  it.each([
    ...['/..', '/../x', '/a/../b', '/./a', '/a/.', '/%2e%2e/x', '/.%2E/x', '/%2e', '/a/..;/b', '/..%3bx/y', '/.;a=b'],
    ...['/a%2fb', '/%2F%2Fevil.example', '/a%5cb', '/..%2fx', '/..%5Cx', '/a\\b', '/..\\x', '//evil.example/', '//'],
    ...['/https://evil.example/', '/HTTPS:/evil.example', '/https%3A//evil.example', '/file:///etc', '/a#b', '/a?b#c'],
  ])('with %s behind the mapping is refused', async (rest) => {
    expect(await codeOf(`1${rest}`)).toBe('TARGET_URL_NOT_CANONICAL')
  })

  it.each(['3/', '3/a', '4/a', '5?y=2', '5/a', '6/a', '7', '8/a', '10/a'])('to %s has no base', async (path) => {
    expect(await codeOf(path)).toBe('NOT_A_BASE_URL')
  })

  it.each([
    [{ 'lp-forward-url': 'https://bank.example/a' }, 'VALIDATION_FAILED'],
    [{ 'lp-forward-url': '' }, 'VALIDATION_FAILED'],
    [{ 'lp-service-name': 'FAAS' }, 'VALIDATION_FAILED'],
    [{ 'lp-service-name': 'NOBODY' }, 'UNKNOWN_SERVICE'],
    [{ 'lp-service-name': 'IDP' }, undefined],
    [{ 'lp-service-name': '1' }, undefined],
    [{ 'lp-service-name': '' }, undefined],
  ])('with %j is answered with %s', async (gateway, code) => {
    expect(await codeOf('1/a', { gateway })).toBe(code)
  })
})

describe('a Location', () => {
  const entry = '/mtls/account/le123/to'

  it.each([
    // a path below the base is one of the gateway
    ['2/c/d?e=f', 'g', `${entry}/2/c/g`],
    ['2/c', '/a/b/x?y=1&z=%20#part', `${entry}/2/x?y=1&z=%20#part`],
    ['2/c', 'https://bank.example:8443/a/b/', `${entry}/2/`],
    ['2/c', 'HTTPS://BANK.example:8443/a/b/x', `${entry}/2/x`],
    ['2/c', '//bank.example:8443/a/b/x', `${entry}/2/x`],
    ['2/c?d', '?e', `${entry}/2/c?e`],
    ['2/c/d/', '../x', `${entry}/2/c/x`],
    ['2/c', '/a/z/../b/x', `${entry}/2/x`],
    ['2/c', Buffer.from('grün').toString('latin1'), `${entry}/2/gr%C3%BCn`],
    ['1/a', 'https://bank.example:443/b', `${entry}/1/b`],
    ['3', '#part', `${entry}/3#part`],
    ['3', 'https://bank.example/token', `${entry}/3`],
    ['2/c', 'gr\xfcn', `${entry}/2/gr%FCn`],
    // what callers would read relative to the gateway
    ['2/c', 'https:/mtls/account/le123/to/1/x', 'https://bank.example:8443/mtls/account/le123/to/1/x'],
    ['2/c', 'https:../1/x', 'https://bank.example:8443/a/1/x'],
    ['2/c', 'https:x', `${entry}/2/x`],
    ['2/c', 'https:\\x', 'https://bank.example:8443/x'],
    ['2/c', 'http:/mtls/account/le123/to/1', 'http://mtls/account/le123/to/1'],
    ['2/c', 'https:///%20/../mtls/account', undefined],
    ['2/c', 'https://[bad', undefined],
    // the gateway itself
    ['2/c', 'https://called.example/mtls/account/le123/to/1', undefined],
    ['2/c', '//user@CALLED.example.:443/', undefined],
    ['2/c', 'http://called.example:8081/', 'http://called.example:8081/'],
    ['2/c', 'https://edge.example:8443/x', undefined],
    ['2/c', 'https://gateway.example/x', undefined],
    ['2/c', 'https://second.example/x', undefined],
    // what leaves the base is absolute
    ['2/c', 'https://bank.example:8443/a/', 'https://bank.example:8443/a/'],
    ['2/c', '/a/bc', 'https://bank.example:8443/a/bc'],
    ['2/c', '/a/b/../x', 'https://bank.example:8443/a/x'],
    ['2/c', '/a/b/%2e%2e/x', 'https://bank.example:8443/a/x'],
    ['2/c', '..\\x', 'https://bank.example:8443/a/x'],
    ['2/c', '//evil.example/x', 'https://evil.example/x'],
    ['2/c', '/\t/evil.example/x', 'https://evil.example/x'],
    ['2/c', 'https://user@bank.example:8443/a/b/x', 'https://user@bank.example:8443/a/b/x'],
    ['2/c', 'http://bank.example:8443/a/b/x', 'http://bank.example:8443/a/b/x'],
    ['2/c', 'HTTPS://evil.example:443/%7e', 'https://evil.example/%7e'],
    ['2/c', 'myapp:callback?code=1', 'myapp:callback?code=1'],
    ['3', '?a', 'https://bank.example/token?a'],
  ])('of %s: %j becomes %s', async (path, location, relocated) => {
    const { relocate } = await resolved(path, {
      publicBaseUrls: ['https://gateway.example', 'https://second.example/p'],
    })
    expect(relocate?.(location)).toBe(relocated)
  })

  it.each(['https://gateway.example/prefix', 'https://gateway.example/prefix/'])(
    'has the path in front of the gateway that callers know: %s',
    async (publicBaseUrl) => {
      const { relocate } = await resolved('1/a', { publicBaseUrls: [publicBaseUrl] })
      expect(relocate?.('b')).toBe(`/prefix${entry}/1/b`)
    },
  )
})
