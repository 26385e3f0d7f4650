import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { type Answer, json, type StandIn, secretAnswer, startStandIn } from './stand-in-vault.ts'
import { document } from './vault-calls.ts'

const written: Answer = (response) => json(response, 200, { data: { version: 1 } })
const readable: Answer = (response) => json(response, 200, secretAnswer({ n: 1 }))

/** It is certain that nothing was written. */
const refusals: Readonly<Record<string, Answer>> = {
  sealed: (response) => json(response, 503, { errors: ['Vault is sealed'] }),
  'over a quota': (response) => json(response, 429, { errors: ['request path "x": rate limit quota exceeded'] }),
  'a secondary': (response) => json(response, 472, { errors: ['disaster recovery secondary'] }),
}

/** It may have been written. */
const unknowns: Readonly<Record<string, Answer>> = {
  'a failure inside': (response) => json(response, 500, { errors: ['internal error'] }),
  'a 503 of a proxy': (response) => response.writeHead(503).end('upstream connect error'),
  'a time-out of a proxy': (response) => response.writeHead(504).end(),
  'a lost connection': (response) => void response.destroy(),
  'an answer that is none': (response) => json(response, 200, {}),
}

describe('a request is sent again', () => {
  let server: StandIn
  let store: SecretStore

  beforeEach(async () => {
    server = await startStandIn()
    store = openVaultStore({ address: server.address, auth: { kind: 'token', token: async () => 'hvs.test' } })
    // Logs in.
    await store.check()
    server.requests.length = 0
  })
  afterEach(async () => {
    await store.close()
    await server.stop()
  })

  /** Answers the first requests with one answer, later ones with another. */
  const answerFirst = (count: number, first: Answer, then: Answer) =>
    server.answerWith((...args) => (server.requests.length <= count ? first(...args) : then(...args)))

  it.each(Object.entries({ ...refusals, ...unknowns }))('if it reads: twice after %s', async (_kind, answer) => {
    answerFirst(2, answer, readable)
    expect(await store.get(document)).toEqual({ value: { n: 1 }, version: 1 })
    expect(server.requests).toHaveLength(3)
  })

  it('three times at most', async () => {
    server.answerWith((response) => response.writeHead(502).end())
    await expect(store.get(document)).rejects.toMatchObject({ reason: 'unavailable' })
    expect(server.requests).toHaveLength(3)
  })

  it.each(Object.entries(refusals))('if it writes, where nothing was done: %s', async (_kind, answer) => {
    answerFirst(1, answer, written)
    expect(await store.put(document, {}, 0)).toBe(1)
    expect(server.requests).toHaveLength(2)
  })

  it.each(Object.entries(unknowns))(
    'never if it writes and nobody knows what became of it: %s',
    async (_kind, answer) => {
      answerFirst(1, answer, written)
      await expect(store.put(document, {}, 0)).rejects.toMatchObject({ reason: 'unavailable' })
      expect(server.requests).toHaveLength(1)
    },
  )

  it('never if the answer is definite', async () => {
    const definite: [number, object, string][] = [
      [400, { errors: ['check-and-set parameter did not match the current version'] }, 'conflict'],
      [413, { errors: ['too large'] }, 'too-large'],
      [400, { errors: ['invalid'] }, 'refused'],
    ]
    for (const [status, body, reason] of definite) {
      server.requests.length = 0
      server.answerWith((response) => json(response, status, body))
      await expect(store.put(document, {}, 3)).rejects.toMatchObject({ reason })
      expect(server.requests).toHaveLength(1)
    }
  })

  it('with its version: every write is a compare-and-set', async () => {
    server.answerWith(written)
    await store.put(document, { a: 1 }, 0)
    await store.put(document, { a: 2 }, 7)
    expect(server.requests.map(({ body }) => JSON.parse(body))).toEqual([
      { options: { cas: 0 }, data: { json: '{"a":1}' } },
      { options: { cas: 7 }, data: { json: '{"a":2}' } },
    ])
  })

  it('over one connection, which is kept', async () => {
    server.answerWith(readable)
    for (let n = 0; n < 20; n++) await store.get(document)
    expect(server.connections).toBe(1)
  })
})
