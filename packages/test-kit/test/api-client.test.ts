import { once } from 'node:events'
import { createServer, type IncomingMessage } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { signOAuth1 } from '@mtls-gateway/request-signing'
import { ApiClient, type ApiClientOptions, startTestTarget } from '../src/index.ts'

interface Echo {
  readonly method: string
  readonly url: string
  readonly authorization?: string
  readonly contentType?: string
  readonly body: string
}

async function echo(request: IncomingMessage): Promise<Echo> {
  const { method = '', url = '', headers } = request
  const body = Buffer.concat(await request.toArray()).toString('utf8')
  const { authorization, 'content-type': contentType } = headers
  return { method, url, body, ...(authorization && { authorization }), ...(contentType && { contentType }) }
}

const server = createServer(async (request, response) => {
  const type = request.url === '/problem' ? 'application/problem+json; charset=utf-8' : 'application/json'
  response.writeHead(request.url === '/problem' ? 422 : 200, { 'content-type': type })
  response.end(JSON.stringify(await echo(request)))
})
const clients: ApiClient[] = []

function client(credentials: Omit<ApiClientOptions, 'baseUrl'> = {}): ApiClient {
  const { port } = server.address() as AddressInfo
  const made = new ApiClient({ baseUrl: `http://127.0.0.1:${port}`, ...credentials })
  clients.push(made)
  return made
}

beforeAll(async () => {
  await once(server.listen(0, '127.0.0.1'), 'listening')
})
afterAll(async () => {
  await Promise.all(clients.map((one) => one.close()))
  server.close()
})

describe('ApiClient', () => {
  it('sends and reads JSON with a bearer token, the path byte for byte', async () => {
    const { status, body } = await client({ bearer: 'abc' }).json<Echo>('PUT', "/a/../b%2f?q='", { x: 1 })
    expect([status, body]).toEqual([
      200,
      {
        method: 'PUT',
        url: "/a/../b%2f?q='",
        authorization: 'Bearer abc',
        contentType: 'application/json',
        body: '{"x":1}',
      },
    ])
  })

  it('reads a problem document as JSON and sends no body where none is given', async () => {
    const { status, body } = await client().json<Echo>('GET', '/problem')
    expect([status, body]).toEqual([422, { method: 'GET', url: '/problem', body: '' }])
  })

  it('signs each request, form bodies included', async () => {
    const credentials = { appKey: 'le123.k', appSecret: 's', hash: 'SHA256' } as const
    const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
    const signing = client({ oauth1: credentials })
    const { body } = await signing.raw({ method: 'POST', path: '/p?a=1', headers: form, body: 'b=2' })
    const { authorization = '' } = JSON.parse(body.toString('utf8'))
    const [, nonce = ''] = /oauth_nonce="([^"]+)"/.exec(authorization) ?? []
    const timestamp = Number(/oauth_timestamp="(\d+)"/.exec(authorization)?.[1])
    const { port } = server.address() as AddressInfo
    const url = `http://127.0.0.1:${port}/p?a=1`
    expect(authorization).toBe(signOAuth1({ ...credentials, method: 'POST', url, formBody: 'b=2', nonce, timestamp }))
  })

  it('lets an Authorization header of the caller win', async () => {
    const { body } = await client({ bearer: 'abc' }).json<Echo>('GET', '/', undefined, { Authorization: 'Basic eA==' })
    expect(body.authorization).toBe('Basic eA==')
  })

  it('sends fields and files as multipart', async () => {
    const file = { fileName: 'a.p12', content: Buffer.from('content'), type: 'application/x-pkcs12' }
    const { body } = await client().multipart<Echo>('POST', '/', { password: 'pä' }, { file })
    expect(body.contentType).toMatch(/^multipart\/form-data; boundary=/)
    expect(body.body).toContain('name="password"\r\n\r\npä\r\n')
    expect(body.body).toMatch(
      /name="file"; filename="a\.p12"\r\nContent-Type: application\/x-pkcs12\r\n\r\ncontent\r\n/,
    )
  })

  it('trusts the CA that it is given', async () => {
    const target = await startTestTarget({ requireClientCertificate: false })
    const api = new ApiClient({ baseUrl: target.url, ca: target.ca })
    expect((await api.json('GET', '/')).status).toBe(200)
    await api.close()
    await target.close()
  })
})
