import { describe, expect, it } from '@jest/globals'
import { readForwardHeaders, readInstructions } from '../../../src/forward/headers/request-headers.ts'

const outgoing = (...raw: string[]) => readForwardHeaders(raw, '1.1').outgoing

describe('the headers of a call', () => {
  it('go on as they were written, with a Via', () => {
    expect(outgoing('X-One', '1', 'x-two', '2', 'Set-It', 'a', 'Set-It', 'b')).toEqual([
      'X-One',
      '1',
      'x-two',
      '2',
      'Set-It',
      'a',
      'Set-It',
      'b',
      'Via',
      '1.1 mtls-gateway',
    ])
  })

  it('say whether an id of the request goes on', () => {
    const hasRequestId = (...raw: string[]) => readForwardHeaders(raw, '1.1').hasRequestId
    expect(hasRequestId('X-REQUEST-ID', 'any text')).toBe(true)
    expect(hasRequestId('X-Other', '1')).toBe(false)
    expect(hasRequestId('X-Request-Id', 'a', 'Connection', 'x-request-id')).toBe(false)
  })

  it('say by which version they came', () => {
    expect(readForwardHeaders([], '1.0').outgoing).toEqual(['Via', '1.0 mtls-gateway'])
  })

  it.each([
    'Authorization',
    'LP-service-name',
    'lp-anything',
    'X-Forwarded-For',
    'X-Forwarded-Anything',
    'Forwarded',
    'X-Real-IP',
    'X-Proxy-Secret',
    'x_proxy_secret',
    'Host',
    'Expect',
    'Keep-Alive',
    'TE',
    'Transfer-Encoding',
    'Upgrade',
    'Proxy-Connection',
    'Connection',
    'Trailer',
    'X_Forwarded_For',
    'X-Forwarded_Host',
    'x_real_ip',
    'LP_forward_url',
    'Transfer_Encoding',
    'Content_Length',
    'content_length',
    'Keep_Alive',
    'Proxy_Connection',
    'Proxy-Authenticate',
    'Proxy-Anything',
    'proxy_anything',
  ])('do not go on: %s', (name) => {
    expect(outgoing(name, 'value')).toEqual(['Via', '1.1 mtls-gateway'])
  })

  it('have an Authorization for the target where the gateway is called as a proxy', () => {
    const proxied = (...raw: string[]) => readForwardHeaders(raw, '1.1', true).outgoing
    const fields = ['Authorization', 'Basic x', 'Proxy-Authorization', 'Basic y']
    expect(proxied(...fields)).toEqual(['Authorization', 'Basic x', 'Via', '1.1 mtls-gateway'])
    expect(proxied(...fields, 'LP-authorization-override', 'Basic z')).toEqual([
      'Authorization',
      'Basic z',
      'Via',
      '1.1 mtls-gateway',
    ])
    expect(proxied('Authorization', 'a', 'Connection', 'authorization')).toEqual(['Via', '1.1 mtls-gateway'])
    for (const name of ['Authorization', 'Proxy-Authorization']) {
      const twice = expect.objectContaining({ code: 'DUPLICATE_HEADER' })
      expect(() => proxied(name, 'a', name.toLowerCase(), 'b')).toThrow(twice)
    }
  })

  it('do not go on where the Connection field names them', () => {
    expect(outgoing('X-Hop', '1', 'Connection', 'close, X-HOP', 'X-End', '2')).toEqual([
      'X-End',
      '2',
      'Via',
      '1.1 mtls-gateway',
    ])
  })

  it('go on in the next call where that names none', () => {
    for (const connection of ['x-hop', 'close', 'X-Hop', 'keep-alive']) {
      const goesOn = !/hop/i.test(connection)
      expect(outgoing('X-Hop', '1', 'Connection', connection).includes('X-Hop')).toBe(goesOn)
    }
  })

  it('do not go on with an underscore, either, where the Connection field names them so', () => {
    expect(outgoing('X_Secret', '1', 'Connection', 'x_secret', 'Y_Secret', '2', 'Connection', 'y-secret')).toEqual([
      'Via',
      '1.1 mtls-gateway',
    ])
  })

  it('are overridden where the caller says so', () => {
    expect(
      outgoing(
        'Authorization',
        'OAuth x',
        'Content-Type',
        'text/plain',
        'LP-authorization-override',
        'Basic y',
        'LP-content-type-override',
        'application/json',
      ),
    ).toEqual(['Authorization', 'Basic y', 'Content-Type', 'application/json', 'Via', '1.1 mtls-gateway'])
  })

  it.each(['Authorization', 'LP-forward-url', 'LP-service-name', 'Content-Length'])(
    'are refused with two %s',
    (name) => {
      expect(() => readForwardHeaders([name, 'a', name.toLowerCase(), 'b'], '1.1')).toThrow(
        expect.objectContaining({ code: 'DUPLICATE_HEADER' }),
      )
    },
  )
})

describe('the instructions of a call', () => {
  const gateway = { 'lp-service-name': 'IDP', 'lp-forward-url': 'https://t.example/' }
  const read = (fields: Record<string, string>) => readInstructions(new Map(Object.entries(fields)))

  it('are read', () => {
    expect(read({ ...gateway, 'lp-stop-if-certificate-not-found': 'TRUE' })).toEqual({
      serviceName: 'IDP',
      targetUrl: 'https://t.example/',
      stopIfCertificateNotFound: true,
      presentCertificate: undefined,
    })
    const present = { 'lp-present-certificate': `SHA256=${'aB'.repeat(32)}` }
    expect(read({ ...gateway, ...present }).presentCertificate).toBe('ab'.repeat(32))
    expect(read(gateway).stopIfCertificateNotFound).toBe(false)
    for (const name of [{}, { 'lp-service-name': '' }]) {
      expect(read({ 'lp-forward-url': 'https://t.example/', ...name }).serviceName).toBeUndefined()
    }
  })

  it.each([
    [{ 'lp-service-name': 'IDP' }, 'TARGET_URL_MISSING'],
    [{ ...gateway, 'lp-stop-if-certificate-not-found': 'perhaps' }, 'VALIDATION_FAILED'],
    [{ ...gateway, 'lp-present-certificate': 'ab'.repeat(32) }, 'VALIDATION_FAILED'],
    [{ ...gateway, 'lp-present-certificate': '' }, 'VALIDATION_FAILED'],
  ])('are refused: %j', (fields, code) => {
    expect(() => read(fields)).toThrow(expect.objectContaining({ code }))
  })
})
