import multipart from '@fastify/multipart'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { testForm } from '@mtls-gateway/contract'
import { isCodedError } from '@mtls-gateway/domain'
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
      const body = form.text('body')
      return body === undefined ? { members: Object.keys(Object(form.json('targetTrust'))).length } : { body }
    } catch (error) {
      const readers = request.raw.listenerCount('data')
      // As services do after an answer.
      request.raw.resume()
      return { readers, message: String(error), ...(isCodedError(error) && { code: error.code }) }
    }
  })
  url = await app.listen({ port: 0, host: '127.0.0.1' })
})

afterAll(() => app.close())

async function send(parts: readonly (readonly [string, string])[]) {
  const body = new FormData()
  for (const [name, value] of parts) body.append(name, value)
  return post(body)
}

/** A part with a type of its own, and without a file name, as FormData has none. */
function sendTyped(name: string, type: string, content: string) {
  const head = `Content-Disposition: form-data; name="${name}"\r\nContent-Type: ${type}`
  const body = `--b\r\n${head}\r\n\r\n${content}\r\n--b--\r\n`
  return post(body, { 'content-type': 'multipart/form-data; boundary=b' })
}

async function post(body: FormData | string, headers = {}) {
  return (await fetch(url, { method: 'POST', body, headers })).json()
}

const tooManyMembers = `{${'"a":1,'.repeat(10_001)}`
const refused = { message: expect.stringContaining('"targetTrust" may have at most 10000 members of objects.') }

describe('a form', () => {
  it('is not read on once it has too many parts', async () => {
    const parts = Array.from({ length: 20_000 }, (_, at) => [`part ${at}`, 'x'.repeat(100)] as const)
    expect(await send(parts)).toEqual({ readers: 0, message: expect.stringContaining('limit') })
  })

  it.each(['', '; name', '; name=""', '; filename="a.p12"'])('has no parts without a name: %j', async (rest) => {
    const named = '--b\r\nContent-Disposition: form-data; name="body"\r\n\r\nx\r\n'
    const body = `${named}--b\r\nContent-Disposition: form-data${rest}\r\n\r\nx\r\n--b--\r\n`
    expect(await post(body, { 'content-type': 'multipart/form-data; boundary=b' })).toEqual({
      ...{ readers: 0, code: 'MALFORMED_MULTIPART' },
      message: expect.stringContaining('has no name'),
    })
  })

  it('has parts of JSON with as many members as somebody needs', async () => {
    const since = '2026-01-01T00:00:00.000Z'
    const mapping = { id: 1, url: 'https://bank.example/', state: 'presents', since, code: 'TARGET_REFUSED' }
    const promotion = { version: 'a', left: 0, mappings: Array.from({ length: 1_900 }, () => mapping) }
    expect(await send([['targetTrust', JSON.stringify({ name: 'c1', promotion })]])).toEqual({ members: 2 })
    expect(await send([['targetTrust', tooManyMembers]])).toMatchObject(refused)
  })

  it.each(['application/json', 'application/json; charset=utf-8', 'text/plain', 'application/octet-stream'])(
    'has its parts of JSON weighed before they are parsed: %s',
    async (type) => {
      expect(await sendTyped('targetTrust', type, tooManyMembers)).toMatchObject(refused)
    },
  )

  it('has texts of 1 MiB, whatever their type, as they were sent', async () => {
    const text = '{"a": 1.0}'.padEnd(1024 * 1024)
    for (const type of ['application/json', 'text/plain']) {
      const answer = await sendTyped('body', type, text)
      expect(JSON.stringify(answer) === JSON.stringify({ body: text })).toBe(true)
      expect(await sendTyped('body', type, `${text} `)).toMatchObject({
        message: expect.stringContaining('"body" may have at most 1048576 bytes (1024 KiB).'),
      })
    }
  })
})
