import multipart from '@fastify/multipart'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testForm } from '@mtls-gateway/contract'
import type { AuthenticatedRequest } from '@mtls-gateway/service-kit'
import fastify from 'fastify'
import { readForm } from '../../src/http/multipart-form.ts'

const app = fastify()
let url: string

beforeAll(async () => {
  await app.register(multipart)
  app.post('/', async (request) => {
    try {
      // Credentials are no matter here.
      const form = await readForm(request as unknown as AuthenticatedRequest, testForm)
      return { members: Object.keys(Object(form.json('targetTrust'))).length }
    } catch (error) {
      const readers = request.raw.listenerCount('data')
      // As services do after an answer.
      request.raw.resume()
      return { readers, message: String(error) }
    }
  })
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})

afterAll(() => app.close())

async function send(parts: readonly (readonly [string, string])[]) {
  const body = new FormData()
  for (const [name, value] of parts) body.append(name, value)
  return (await fetch(url, { method: 'POST', body })).json()
}

describe('a form', () => {
  it('is not read on once it has too many parts', async () => {
    const parts = Array.from({ length: 20_000 }, (_, at) => [`part ${at}`, 'x'.repeat(100)] as const)
    expect(await send(parts)).toEqual({ readers: 0, message: expect.stringContaining('limit') })
  })

  it('has parts of JSON with as many members as somebody needs', async () => {
    const since = '2026-01-01T00:00:00.000Z'
    const mapping = { id: 1, url: 'https://bank.example/', state: 'presents', since, code: 'TARGET_REFUSED' }
    const promotion = { version: 'a', left: 0, mappings: Array.from({ length: 1_900 }, () => mapping) }
    expect(await send([['targetTrust', JSON.stringify({ name: 'c1', promotion })]])).toEqual({ members: 2 })
    expect(await send([['targetTrust', `{${'"a":1,'.repeat(10_001)}`]])).toMatchObject({
      message: expect.stringContaining('"targetTrust" may have at most 10000 members of objects.'),
    })
  })
})
