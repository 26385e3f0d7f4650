import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { setImmediate } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { CodedError, parseAccountId } from '@mtls-gateway/domain'
import type { Principal, SignedRequest, VerifiedCall } from '@mtls-gateway/request-auth'
import { type CanActivate, Controller, type ExecutionContext, Get, type OnModuleInit, Req } from '@nestjs/common'
import { APP_GUARD, HttpAdapterHost } from '@nestjs/core'
import { RouteConfig } from '@nestjs/platform-fastify'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { type AuthenticatedRequest, CredentialGuard } from '../../src/index.ts'
import { noCertificates } from '../support/proxies.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

/** What has been verified, and what has come as far as Nest's guards. */
const verified: string[] = []
const reached: string[] = []
/** The queries of requests, as far as they were parsed when the answer had gone out. */
const parsed: unknown[] = []

/** A token is the name of its account; the answer takes a moment, so that requests overlap. */
const bearer = {
  async verify(token: string): Promise<Principal> {
    verified.push(token)
    await new Promise((resolve) => setTimeout(resolve, Math.random() * 20))
    if (token === 'bad' || token === '') throw new CodedError('TOKEN_INVALID', 'The Bearer token is not accepted.')
    return {
      kind: 'bearer',
      subject: token,
      accounts: new Set([parseAccountId(token)]),
      scopes: new Set(['mtls:read']),
      expiresAtMs: Number.POSITIVE_INFINITY,
    }
  },
}

/** What has been signed, and which app keys have been used. */
const signed: SignedRequest[] = []
const used: unknown[] = []

/** Any signature is right. */
const oauth1 = {
  async verify(request: SignedRequest): Promise<VerifiedCall> {
    signed.push(request)
    const principal: Principal = {
      kind: 'oauth1',
      subject: appKey,
      accounts: new Set([parseAccountId('a')]),
      scopes: new Set(['mtls:write']),
      expiresAtMs: Number.POSITIVE_INFINITY,
    }
    return { principal, bodyHash: undefined, query: [] }
  },
}
const appKey = `a.${'k'.repeat(22)}`

@Controller('of')
class GuardedController {
  @Get(':accountId')
  @RouteConfig({ credentials: { kinds: ['bearer'], scope: 'mtls:read' } })
  who(@Req() { principal }: AuthenticatedRequest): string {
    return principal.subject
  }

  @Get(':accountId/write')
  @RouteConfig({ credentials: { kinds: ['bearer', 'oauth1'], scope: 'mtls:write' } })
  write(): string {
    return 'written'
  }

  @Get('anyone/any')
  @RouteConfig({ credentials: { kinds: ['bearer'], scope: 'any' } })
  any(@Req() { principal }: AuthenticatedRequest): string {
    return principal.subject
  }

  @Get(':accountId/any')
  @RouteConfig({ credentials: { kinds: ['bearer'], scope: 'any' } })
  anyOfAccount(): string {
    return 'reached'
  }

  @Get(':accountId/unruled')
  unruled(): string {
    return 'reached'
  }
}

class FirstGuard implements CanActivate {
  canActivate(context: ExecutionContext): boolean {
    reached.push(context.switchToHttp().getRequest<FastifyRequest>().originalUrl)
    return true
  }
}

class QueryWatch implements OnModuleInit {
  readonly #adapterHost: HttpAdapterHost

  constructor(adapterHost: HttpAdapterHost) {
    this.#adapterHost = adapterHost
  }

  onModuleInit(): void {
    const fastify = this.#adapterHost.httpAdapter.getInstance<FastifyInstance>()
    fastify.addHook('onResponse', async ({ query }) => void parsed.push(query))
  }
}

let service: TestService

beforeAll(async () => {
  const useFactory = (adapterHost: HttpAdapterHost) =>
    new CredentialGuard({
      adapterHost,
      oauth1,
      bearer,
      certificates: noCertificates,
      addressOf: ({ headers }) => ({ publicBaseUrls: [], protocol: 'https', host: headers.host }),
      usage: { countAppKey: (account, appKey) => used.push([account, appKey]) },
    })
  const module = {
    module: class {},
    controllers: [GuardedController],
    providers: [
      { provide: APP_GUARD, useClass: FirstGuard },
      { provide: APP_GUARD, inject: [HttpAdapterHost], useFactory },
      { provide: QueryWatch, inject: [HttpAdapterHost], useFactory: (host: HttpAdapterHost) => new QueryWatch(host) },
    ],
  }
  service = await startTestService({ module }, { TRUSTED_PROXIES: '127.0.0.1' })
})
afterAll(() => service.stop())

const get = async (path: string, authorization?: string) => {
  const response = await fetch(service.url + path, { headers: authorization ? { authorization } : {} })
  return { status: response.status, challenge: response.headers.get('www-authenticate'), text: await response.text() }
}

describe('the credential guard', () => {
  it('never mixes up the callers of requests that are under way at once', async () => {
    const accounts = Array.from({ length: 100 }, (_, index) => `account-${index}`)
    const answers = await Promise.all(accounts.map((account) => get(`/of/${account}`, `Bearer ${account}`)))
    expect(answers.map(({ text }) => text)).toEqual(accounts)
  })

  it('refuses before Nest does anything with the request, and verifies those that it accepts once', async () => {
    verified.length = 0
    reached.length = 0
    expect((await get('/of/a?refused', 'Bearer bad')).status).toBe(401)
    expect((await get('/of/a?accepted', 'Bearer a')).status).toBe(200)
    expect([verified, reached]).toEqual([['bad', 'a'], ['/of/a?accepted']])
  })

  it('has no query parsed of those that it refuses, nor where there is nothing', async () => {
    parsed.length = 0
    expect((await get('/of/a?name=x', 'Bearer bad')).status).toBe(401)
    expect((await get('/nowhere?name=x', 'Bearer a')).status).toBe(404)
    expect((await get('/of/a?name=x', 'Bearer a')).status).toBe(200)
    while (parsed.length < 3) await setImmediate()
    expect(parsed).toEqual([{}, {}, { name: 'x' }])
  })

  describe('where many requests come at once', () => {
    /** Connections that have been used, so that what is written to all of them arrives together. */
    async function connections(count: number, localAddress: string, address = localAddress) {
      const { hostname, port } = new URL(service.url)
      const ask = (socket: Socket, token: string) =>
        socket.write(
          `GET /of/a HTTP/1.1\r\nHost: x\r\nX-Forwarded-For: ${address}\r\nAuthorization: Bearer ${token}\r\n\r\n`,
        )
      const open = async () => {
        const socket = connect({ host: hostname, port: Number(port), localAddress })
        ask(socket, 'a')
        await once(socket, 'data')
        return { socket, ask: (token: string) => ask(socket, token) }
      }
      return Promise.all(Array.from({ length: count }, open))
    }

    it.each([
      { by: 'its own address', localAddress: '127.0.0.2', address: '127.0.0.2' },
      { by: 'what a trusted proxy tells', localAddress: '127.0.0.1', address: '192.0.2.7' },
    ])('lets a caller have its turn, by $by, before many of another address', async ({ localAddress, address }) => {
      const all = [...(await connections(80, '127.0.0.1')), ...(await connections(1, localAddress, address))]
      try {
        verified.length = 0
        const answers = all.map(({ socket }) => once(socket, 'data'))
        for (const { ask } of all.slice(0, -1)) ask('bad')
        all.at(-1)?.ask('a')
        await Promise.all(answers)
        expect(verified).toHaveLength(81)
        expect(verified.slice(0, 20)).toContain('a')
      } finally {
        for (const { socket } of all) socket.destroy()
      }
    })

    it('verifies nothing for callers that have gone before their turn, and has no status for them', async () => {
      const all = await connections(200, '127.0.0.1')
      verified.length = 0
      for (const { ask } of all) ask('bad')
      while (verified.length === 0) await setImmediate()
      for (const { socket } of all) socket.destroy()
      // It has the last turn of this address.
      expect((await get('/of/a', 'Bearer a')).status).toBe(200)
      expect(verified.length).toBeLessThan(150)
      const metrics = await (await fetch(`${service.managementUrl}/metrics`)).text()
      expect(metrics).toMatch(/^http_requests_total\{method="GET",route="\/of\/:accountId",status="none"\} [1-9]/m)
    })
  })

  it('guards the HEAD of a resource as its GET', async () => {
    const head = (authorization: string) => fetch(`${service.url}/of/a`, { method: 'HEAD', headers: { authorization } })
    expect([(await head('Bearer bad')).status, (await head('Bearer a')).status]).toEqual([401, 200])
  })

  it('takes no token from the query', async () => {
    expect(await get('/of/a?access_token=a')).toMatchObject({ status: 401, challenge: 'Bearer realm="mtls-gateway"' })
  })

  it.each([
    ['no credentials', '/of/a', undefined, 401, 'CREDENTIALS_MISSING'],
    ['a bad token', '/of/a', 'Bearer bad', 401, 'TOKEN_INVALID'],
    ['a header without a token', '/of/a', 'Bearer', 401, 'TOKEN_INVALID'],
    ['a kind that is not taken', '/of/a', 'OAuth oauth_nonce="x"', 401, 'CREDENTIAL_KIND_NOT_TAKEN'],
    ['a kind that nobody takes', '/of/a', 'Basic eDp5', 401, 'CREDENTIAL_KIND_NOT_TAKEN'],
    ['another account', '/of/b', 'Bearer a', 403, 'WRONG_ACCOUNT'],
    ['another account where any scope will do', '/of/b/any', 'Bearer a', 403, 'WRONG_ACCOUNT'],
    ['no credentials where any scope will do', '/of/anyone/any', undefined, 401, 'CREDENTIALS_MISSING'],
    ['a bad token where any scope will do', '/of/anyone/any', 'Bearer bad', 401, 'TOKEN_INVALID'],
    ['a missing scope', '/of/a/write', 'Bearer a', 403, 'SCOPE_MISSING'],
    ['a malformed account', '/of/a.b', 'Bearer a', 400, 'ACCOUNT_ID_INVALID'],
  ])('refuses %s', async (_, path, authorization, status, code) => {
    const answer = await get(path, authorization)
    expect({ status: answer.status, code: JSON.parse(answer.text).code }).toEqual({ status, code })
  })

  it('hands on what was signed, and counts the use of app keys that it accepts', async () => {
    const authorization = 'OAuth oauth_nonce="x"'
    expect([
      (await get('/of/a/write?n=%31', authorization)).status,
      (await get('/of/b/write', authorization)).status,
    ]).toEqual([200, 403])
    expect(signed[0]).toMatchObject({ method: 'GET', target: '/of/a/write?n=%31', authorization })
    expect(signed[0]?.baseUrls).toEqual([service.url.replace('http:', 'https:')])
    expect(used).toEqual([['a', appKey]])
  })

  it('names every kind that a resource takes', async () => {
    expect((await get('/of/a/write')).challenge).toBe('Bearer realm="mtls-gateway", OAuth realm="mtls-gateway"')
  })

  it('asks for no scope and no account where the rule says so', async () => {
    expect(await get('/of/anyone/any', 'Bearer a')).toMatchObject({ status: 200, text: 'a' })
  })

  it('keeps a resource closed that has no rule', async () => {
    expect((await get('/of/a/unruled', 'Bearer a')).status).toBe(500)
  })
})
