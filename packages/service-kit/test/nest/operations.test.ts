import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { operationsById } from '@mtls-gateway/contract'
import { Controller } from '@nestjs/common'
import { APP_PIPE } from '@nestjs/core'
import { z } from 'zod'
import { BodyOf, Operation, QueryOf, validationPipe } from '../../src/index.ts'
import { startTestService, type TestService } from '../support/test-service.ts'

const place = { path: '/accounts/{accountId}/things', alsoAt: '/old/{accountId}/things' }
const routes = { makeThings: { method: 'POST', ...place } } as const
const operations = operationsById(routes, {
  makeThings: {
    tag: 'things',
    summary: 'Make things',
    credentials: 'none',
    query: z.object({ colour: z.enum(['red', 'blue']).default('red') }),
    body: { json: z.array(z.object({ size: z.number() })).min(1), list: { of: 'things', limit: 2 } },
    answers: { 202: { description: 'They will be made', json: z.unknown() } },
  },
})
const { makeThings } = operations

@Controller()
class ThingsController {
  @Operation(makeThings)
  make(
    @QueryOf(makeThings) query: { readonly colour: string },
    @BodyOf(makeThings) things: readonly { readonly size: number }[],
  ): unknown {
    return { ...query, sizes: things.map(({ size }) => size) }
  }
}

class ThingsModule {}

let service: TestService

beforeAll(async () => {
  service = await startTestService({
    contract: { name: 'things', version: '1', description: 'Things', operations },
    module: {
      module: ThingsModule,
      controllers: [ThingsController],
      providers: [{ provide: APP_PIPE, useValue: validationPipe() }],
    },
  })
})

afterAll(() => service.stop())

async function post(path: string, body: unknown): Promise<[number, unknown]> {
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(service.url + path, { method: 'POST', headers, body: JSON.stringify(body) })
  return [response.status, await response.json()]
}

describe('a handler of an operation', () => {
  it.each(['/accounts/a1/things', '/old/a1/things'])('answers at %s with the status of the contract', async (path) => {
    expect(await post(`${path}?colour=blue`, [{ size: 1 }])).toEqual([202, { colour: 'blue', sizes: [1] }])
  })

  it('gets what the schemas make of query and body', async () => {
    expect(await post('/accounts/a1/things', [{ size: 1, more: true }])).toEqual([202, { colour: 'red', sizes: [1] }])
  })

  it.each([
    ['a body', '', [{ size: 'x' }], { code: 'VALIDATION_FAILED', errors: [{ field: '0.size' }] }],
    ['a query', '?colour=green', [{ size: 1 }], { code: 'VALIDATION_FAILED', errors: [{ field: 'colour' }] }],
    ['a name', '', [{ size: 1, constructor: {} }], { code: 'VALIDATION_FAILED', errors: [{ field: 'constructor' }] }],
    ['a list', '', [{ size: 1 }, { size: 2 }, { size: 3 }], { code: 'LIMIT_EXCEEDED', field: 'things', limit: 2 }],
  ])('does not see %s that its schema refuses', async (_, query, body, problem) => {
    expect(await post(`/accounts/a1/things${query}`, body)).toMatchObject([400, problem])
  })
})

describe('a query', () => {
  it('has 64 parameters that are read', async () => {
    const colourBehind = async (count: number) =>
      (await post(`/accounts/a1/things?${'x&'.repeat(count)}colour=blue`, [{ size: 1 }]))[1]
    expect(await colourBehind(63)).toMatchObject({ colour: 'blue' })
    expect(await colourBehind(64)).toMatchObject({ colour: 'red' })
  })
})

describe('a parameter', () => {
  it('is refused at start where the operation has none of it', () => {
    const { query: _, body: __, ...bare } = makeThings
    expect(() => QueryOf(bare)).toThrow('makeThings has no query')
    expect(() => BodyOf(bare)).toThrow('makeThings has no JSON body')
  })
})
