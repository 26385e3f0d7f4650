import { createHash } from 'node:crypto'
import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkhead } from '@mtls-gateway/bulkhead'
import { CodedError } from '@mtls-gateway/domain'
import type { ExpectedBodyHash } from '@mtls-gateway/request-auth'
import { Body, type CanActivate, Controller, type ExecutionContext, Post, Req } from '@nestjs/common'
import { APP_GUARD, APP_INTERCEPTOR } from '@nestjs/core'
import type { FastifyRequest } from 'fastify'
import { accountOf, leaveBodiesUnread } from '../../src/body/request-body.interceptor.ts'
import { type AuthenticatedRequest, RequestBodyInterceptor } from '../../src/index.ts'
import { RawConnection } from '../support/raw-connection.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

@Controller('echo')
class EchoController {
  @Post()
  echo(@Body() body: unknown): unknown {
    return body
  }

  @Post('owner')
  owner(@Req() request: AuthenticatedRequest): unknown {
    return { owner: accountOf(request) }
  }

  @Post('owner/:accountId')
  ownerByPath(@Req() request: AuthenticatedRequest): unknown {
    return { owner: accountOf(request) }
  }

  @Post('worked-on/:accountId')
  work(@Req() request: AuthenticatedRequest): unknown {
    request.workOnBody = 1e15
    return request.body
  }
}

/** The body hash of callers that sign, for requests with `X-Signed`. */
const signedDigest = createHash('sha256').update('[1]').digest()

/** Lets in who says "please". */
class Doorkeeper implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    const request = context
      .switchToHttp()
      .getRequest<FastifyRequest & { principal: { subject: string; accounts: unknown }; bodyHash?: ExpectedBodyHash }>()
    if (request.headers.authorization !== 'please') throw new CodedError('CREDENTIALS_MISSING', 'Say please.')
    const accounts = request.headers['x-accounts']
    request.principal = { subject: 'guest', accounts: accounts ? new Set(String(accounts).split(',')) : '*' }
    if (request.headers['x-signed'] !== undefined) request.bodyHash = { algorithm: 'sha256', digest: signedDigest }
    return true
  }
}

/** Room for four bodies of a caller. */
const bodies = new Bulkhead('request-bodies', {
  total: 8_000,
  share: 4_000,
  reserve: 4_000,
  cooledPerSecond: 1e9,
})
let service: TestService

beforeAll(async () => {
  service = await startTestService({
    bodyLimit: Number.MAX_SAFE_INTEGER,
    configure: leaveBodiesUnread,
    module: {
      module: class {},
      controllers: [EchoController],
      providers: [
        { provide: APP_GUARD, useValue: new Doorkeeper() },
        { provide: APP_INTERCEPTOR, useValue: new RequestBodyInterceptor(1_000, bodies) },
      ],
    },
  })
})
afterAll(() => service.stop())

const post = (body: string, headers: Record<string, string>, path = '/echo') =>
  fetch(`${service.url}${path}`, { method: 'POST', headers: { 'content-type': 'application/json', ...headers }, body })

async function until(test: () => boolean): Promise<void> {
  while (!test()) await setTimeout(5)
}

/** The head of the answer to these headers and what follows them. */
async function answerTo(rest: string): Promise<string> {
  const connection = new RawConnection(service.url).send(`POST /echo HTTP/1.1\r\nHost: x\r\n${rest}`)
  await connection.until('\r\n\r\n')
  connection.socket.destroy()
  return connection.text
}

describe('a JSON body', () => {
  it('is read for whom the guards let in', async () => {
    expect(await (await post('{"a":1}', { authorization: 'please' })).json()).toEqual({ a: 1 })
    expect(
      await (
        await post('[2]', { authorization: 'please', 'content-type': 'Application/Problem+JSON; charset=utf-8' })
      ).json(),
    ).toEqual([2])
  })

  it('belongs to the account in the path, or else to the caller', async () => {
    const please = { authorization: 'please' }
    expect(await (await post('[1]', please, '/echo/owner/tenant')).json()).toEqual({ owner: 'tenant' })
    expect(await (await post('[1]', please, '/echo/owner')).json()).toEqual({ owner: 'guest' })
    const ofAccounts = async (accounts: string) =>
      (await post('[1]', { ...please, 'x-accounts': accounts }, '/echo/owner')).json()
    expect([await ofAccounts('one'), await ofAccounts('one,two')]).toEqual([{ owner: 'one' }, { owner: 'guest' }])
  })

  it('is not waited for where they do not', async () => {
    expect(await answerTo('Content-Type: application/json\r\nContent-Length: 900\r\n\r\n{')).toContain('HTTP/1.1 401')
  })

  it.each([
    ['declared', (text: string) => text],
    ['found out', (text: string) => new Blob([text]).stream()],
  ])('beyond the limit is refused, %s, and the caller gets the answer', async (_, bodyOf) => {
    const response = await fetch(`${service.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'please' },
      body: bodyOf(`"${'x'.repeat(999)}"`),
      duplex: 'half',
    })
    expect([response.status, await response.json()]).toMatchObject([413, { code: 'BODY_TOO_LARGE', limit: 1_000 }])
  })

  it('may be missing whatever the Content-Type says', async () => {
    const response = await fetch(`${service.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'please' },
    })
    expect([response.status, await response.text()]).toEqual([201, ''])
  })

  it('may not be missing where one was signed', async () => {
    const refused = await fetch(`${service.url}/echo`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: 'please', 'x-signed': '1' },
    })
    expect([refused.status, await refused.json()]).toMatchObject([401, { code: 'OAUTH_BODY_HASH_MISMATCH' }])
    expect((await post('[1]', { authorization: 'please', 'x-signed': '1' })).status).toBe(201)
  })

  it('may be missing without a word of its length, which is how HTTP says that there is none', async () => {
    expect(await answerTo('Authorization: please\r\nContent-Type: application/json\r\n\r\n')).toContain('HTTP/1.1 201')
  })

  it('takes its share of the memory until it is answered, and one that is too much is refused', async () => {
    const begun = Array.from({ length: 4 }, () =>
      new RawConnection(service.url).send(
        'POST /echo HTTP/1.1\r\nHost: x\r\nAuthorization: please\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n"',
      ),
    )
    await until(() => bodies.state().inUse === 4_000)
    const refused = await post('[1]', { authorization: 'please' })
    expect([refused.status, await refused.json()]).toMatchObject([429, { code: 'TOO_MANY_BODIES' }])
    for (const { socket } of begun) socket.destroy()
    await until(() => bodies.state().inUse === 0)
    expect((await post('[1]', { authorization: 'please' })).status).toBe(201)
  })

  it('of another type is refused after the guards, not before', async () => {
    expect((await post('x', { 'content-type': 'application/x-pem-file' })).status).toBe(401)
    expect((await post('x', { 'content-type': 'application/x-pem-file', authorization: 'please' })).status).toBe(415)
  })

  it('that is malformed, or of another type, is refused', async () => {
    expect((await post('{', { authorization: 'please' })).status).toBe(400)
    expect((await post('x', { authorization: 'please', 'content-type': 'text/plain' })).status).toBe(415)
  })
})

describe('a body with which a handler does much', () => {
  it('counts for that after the answer, for its account', async () => {
    const please = { authorization: 'please' }
    expect((await post('[1]', please, '/echo/owner/busy')).status).toBe(201)
    await until(() => bodies.state().inUse === 0)
    expect((await post('[1]', please, '/echo/worked-on/busy')).status).toBe(201)
    expect((await post('[1,2]', please, '/echo/owner/other')).status).toBe(201)
    await until(() => bodies.state().inUse === '[1]'.length)
  })
})
