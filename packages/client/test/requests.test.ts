import { inspect } from 'node:util'
import { describe, expect, it } from '@jest/globals'
import { type ClientOptions, type ConfigApiClient, createConfigApiClient, InvalidRequest } from '../src/index.ts'
import { type RecordedRequest, sendJson, startServer } from './recording-server.ts'

/** What arrives of one request. */
async function sent(
  call: (client: ConfigApiClient) => Promise<unknown>,
  options: Partial<ClientOptions> = {},
): Promise<RecordedRequest> {
  const server = await startServer((response) => sendJson(response, {}))
  const url = `${server.url}${options.baseUrl ?? ''}`
  await call(createConfigApiClient({ accountId: 'le 1', token: 'secret', ...options, baseUrl: url } as ClientOptions))
  const [request, ...more] = server.requests
  if (request === undefined || more.length > 0) throw new Error('it was no single request')
  return request
}

describe('a request', () => {
  it('goes to the path of its operation, with what the path names', async () => {
    const request = await sent((client) => client.getPropagation({ certificateId: 7 }))
    expect(request).toMatchObject({ method: 'GET', url: '/mtls/account/le%201/certificates/7/propagation', body: '' })
    expect(request.headers['content-type']).toBeUndefined()
  })

  it('has no credentials where anyone may send it', async () => {
    const open = await sent((client) => client.redeemInvitation({ body: { code: 'c' } }))
    expect(open).toMatchObject({ method: 'POST', url: '/mtls/invitations/redeem', body: '{"code":"c"}' })
    expect(open.headers.authorization).toBeUndefined()
    expect((await sent((client) => client.listInvitations())).headers.authorization).toBe('Bearer secret')
  })

  it('names what could be taken for more path, in one segment', async () => {
    const { url } = await sent((client) => client.deleteAppKey({ appKey: 'le1/../../x?y' }))
    expect(url).toBe('/mtls/account/le%201/app-keys/le1%2F..%2F..%2Fx%3Fy')
  })

  it('is not sent without what its path names', async () => {
    const client = createConfigApiClient({ baseUrl: 'http://127.0.0.1:1', accountId: 'le1', token: 'secret' })
    // @ts-expect-error the compiler asks for it, too
    await expect(client.getMapping({})).rejects.toThrow('mappingId is missing')
    await expect(client.getMapping({ mappingId: '' })).rejects.toThrow('mappingId is missing')
  })

  it('goes below the path of the base url', async () => {
    expect((await sent((client) => client.getLiveness(), { baseUrl: '/gateway/' })).url).toBe('/gateway/health/live')
  })

  it('has its query, without what is undefined', async () => {
    const query = { limit: 10, clientAuth: 'absent', expiringWithinDays: undefined } as const
    const { url } = await sent((client) => client.listCertificates({ query }))
    expect(url).toBe('/mtls/account/le%201/certificates?limit=10&clientAuth=absent')
  })

  it('has its body as JSON', async () => {
    const mapping = { name: 'm1', url: 'https://bank.example/', serviceId: 'IDP', certificationId: 7 }
    const request = await sent((client) => client.createMappings({ body: [mapping] }))
    expect(request.headers['content-type']).toBe('application/json')
    expect(JSON.parse(request.body)).toEqual([mapping])
  })

  it('has its body as PEM', async () => {
    const request = await sent((client) => client.completeSigningRequest({ certificateId: 7, pem: '-----BEGIN' }))
    expect(request).toMatchObject({ method: 'PUT', body: '-----BEGIN' })
    expect(request.headers['content-type']).toBe('application/x-pem-file')
  })

  it('has a file and its parts, JSON among them', async () => {
    const file = new File(['bytes'], 'client.p12')
    const form = { file, certificate: { name: 'c1', password: 'correct horse' } }
    const { headers, body } = await sent((client) => client.createCertificateByFile({ form }))
    expect(headers['content-type']).toMatch(/^multipart\/form-data; boundary=/)
    expect(body).toMatch(/name="file"; filename="client.p12"\r\n.*\r\n\r\nbytes\r\n/s)
    expect(body).toContain('name="certificate"\r\n\r\n{"name":"c1","password":"correct horse"}\r\n')
  })

  it('has parts of text as they are, and header fields that its operation takes', async () => {
    const form = { file: new Blob(['bytes']), password: 'correct horse', body: undefined }
    const { headers, body } = await sent((client) =>
      client.testP12({ form, headers: { 'LP-forward-url': 'https://bank.example/' } }),
    )
    expect(headers['lp-forward-url']).toBe('https://bank.example/')
    expect(body).toContain('name="password"\r\n\r\ncorrect horse\r\n')
    expect(body).not.toContain('name="body"')
  })

  it('has line breaks of its texts as they are', async () => {
    const form = { file: new Blob(['a\nb']), password: 'one\ntwo', body: 'line\nline\r\n\r' }
    const { headers, body } = await sent((client) => client.testP12({ form }))
    const boundary = headers['content-type']?.split('boundary=')[1]
    const file = '; filename="blob"\r\nContent-Type: application/octet-stream\r\n\r\na\nb'
    const parts = [`"file"${file}`, '"password"\r\n\r\none\ntwo', '"body"\r\n\r\nline\nline\r\n\r']
    const heads = parts.map((part) => `--${boundary}\r\nContent-Disposition: form-data; name=${part}\r\n`)
    expect(body).toBe(`${heads.join('')}--${boundary}--\r\n`)
  })

  it('names a file by no more than its name', async () => {
    const form = { file: new File(['x'], 'a"\r\nX: y.p12') }
    expect((await sent((client) => client.testP12({ form }))).body).toContain('; filename="a%22%0D%0AX: y.p12"\r\n')
  })

  it('has the condition and the key of a change', async () => {
    const { headers } = await sent((client) =>
      client.deleteMapping({ mappingId: 7, ifMatch: '"12"', idempotencyKey: 'k1' }),
    )
    expect(headers).toMatchObject({ 'if-match': '"12"', 'idempotency-key': 'k1' })
  })

  it('is not sent without the condition that it was to have', async () => {
    const client = createConfigApiClient({ baseUrl: 'http://127.0.0.1:1', accountId: 'le1', token: 'secret' })
    await expect(client.deleteMapping({ mappingId: 7, ifMatch: null })).rejects.toThrow('has no ETag')
  })

  it.each<[string, (client: ConfigApiClient) => Promise<unknown>]>([
    ['a parameter of its path', (client) => client.deleteAppKey({ appKey: '..' })],
    ['its condition', (client) => client.deleteMapping({ mappingId: 7, ifMatch: null })],
    ['a header field', (client) => client.deleteMapping({ mappingId: 7, idempotencyKey: 'one\ntwo' })],
    ['its body', (client) => client.createMappings({ body: [{ certificationId: 7n }] as never })],
  ])('that can not be made for the sake of %s is told from one that fails', async (_, call) => {
    const client = createConfigApiClient({ baseUrl: 'http://127.0.0.1:1', accountId: 'le1', token: 'secret' })
    await expect(call(client)).rejects.toThrow(InvalidRequest)
    await expect(client.getLiveness()).rejects.not.toThrow(InvalidRequest)
  })

  it.each(['.', '..'])('is not sent to another path by %s', async (appKey) => {
    const client = createConfigApiClient({ baseUrl: 'http://127.0.0.1:1', accountId: 'le1', token: 'secret' })
    await expect(client.deleteAppKey({ appKey })).rejects.toThrow(`appKey is ${appKey}`)
  })

  it('is not sent once its signal has come', async () => {
    const client = createConfigApiClient({ baseUrl: 'http://127.0.0.1:1', accountId: 'le1', token: 'secret' })
    const reason = new Error('no longer needed')
    await expect(client.getSettings({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason)
  })
})

describe('credentials', () => {
  it.each([
    { kind: 'a token', token: 'secret' },
    { kind: 'what makes a token', token: () => 'secret' },
    { kind: 'what makes a token later', token: async () => 'secret' },
  ])('are $kind', async ({ token }) => {
    expect((await sent((client) => client.getSettings(), { token })).headers.authorization).toBe('Bearer secret')
  })

  it('are not quoted where no header field can have them', async () => {
    const client = createConfigApiClient({ baseUrl: 'http://127.0.0.1:1', accountId: 'le1', token: 'canary\n7f3' })
    const error = await client.getSettings().catch((error: unknown) => error)
    expect(error).toBeInstanceOf(InvalidRequest)
    expect(inspect(error)).not.toContain('canary')
  })

  it('are an app key, which signs the body by its hash', async () => {
    const appKey = { token: undefined, appKey: 'le1.k1', appSecret: 'secret' }
    const call = (client: ConfigApiClient) => client.updateMapping({ mappingId: 7, body: { enable: false } })
    const { headers } = await sent(call, appKey as unknown as Partial<ClientOptions>)
    expect(headers.authorization).toMatch(/^OAuth .*oauth_body_hash="[^"]+".*oauth_signature_method="HMAC-SHA256"/)
  })
})

describe('a base url', () => {
  const clientAt = (baseUrl: string, allowHttp?: boolean) =>
    createConfigApiClient({ baseUrl, accountId: 'le1', token: 'secret', ...(allowHttp !== undefined && { allowHttp }) })

  it.each([
    'https://mtls.example/api',
    'http://127.0.0.1:8080',
    'http://127.1.2.3',
    'http://localhost:8080',
    'http://[::1]:8080',
  ])('may be %s', (baseUrl) => {
    expect(() => clientAt(baseUrl)).not.toThrow()
  })

  it.each([
    'http://mtls.example',
    'http://10.0.0.1:8080',
    'http://localhost.example',
    'http://127.0.0.1.example',
    'HTTP://mtls.example',
  ])('may be %s only where that is allowed, as others could read credentials', (baseUrl) => {
    expect(() => clientAt(baseUrl)).toThrow(/must begin with https:.* allowHttp/)
    expect(() => clientAt(baseUrl, false)).toThrow(TypeError)
    expect(() => clientAt(baseUrl, true)).not.toThrow()
  })

  it('is never of another kind', () => {
    expect(() => clientAt('ftp://mtls.example', true)).toThrow(TypeError)
  })
})

it('goes by the fetch that it is given', async () => {
  const urls: string[] = []
  const fetch = async (input: string | URL | Request) => {
    urls.push(String(input))
    return Response.json({ status: 'ok' })
  }
  const client = createConfigApiClient({ baseUrl: 'https://mtls.example', accountId: 'le1', token: 'secret', fetch })
  expect((await client.getLiveness()).body).toEqual({ status: 'ok' })
  expect(urls).toEqual(['https://mtls.example/health/live'])
})
