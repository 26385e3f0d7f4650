import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { type Answer, json, type StandIn, secretAnswer, startStandIn } from './stand-in-vault.ts'
import { callAll, calls, document, key } from './vault-calls.ts'

const unavailable = Object.fromEntries(Object.keys(calls).map((name) => [name, { outcome: 'unavailable' }]))
const unavailableError = { name: 'StoreError', reason: 'unavailable' }

/** Definite: what was to be written is not. */
const refusals: Readonly<Record<string, Answer>> = {
  'an unknown mount': (response) => json(response, 404, { errors: ['no handler for route "mtls/data/x".'] }),
  'a refusal that is no policy': (response) => json(response, 400, { errors: ['missing client token'] }),
}

/** Whatever stands between, or in the place of Vault: none of it may be taken for an answer about a secret. */
const answers: Readonly<Record<string, Answer>> = {
  'HTML with 200': (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<html>Log in</html>'),
  'HTML with 404': (response) => response.writeHead(404, { 'content-type': 'text/html' }).end('<html>Not here</html>'),
  'HTML with 403': (response) => response.writeHead(403, { 'content-type': 'text/html' }).end('<html>No</html>'),
  'nothing with 200': (response) => response.writeHead(200).end(),
  'nothing with 404': (response) => response.writeHead(404).end(),
  'other JSON with 200': (response) => json(response, 200, { status: 'ok' }),
  'a list with 200': (response) => json(response, 200, [{ data: {} }]),
  'half of the JSON': (response) => response.writeHead(200).end('{"data":{"data":{"a"'),
  'a failure inside': (response) => json(response, 500, { errors: ['internal error'] }),
  'a proxy without Vault behind it': (response) => response.writeHead(502).end('Bad Gateway'),
  'a closed connection': (response) => void response.destroy(),
  'half of the announced length': (response) => {
    response.writeHead(200, { 'content-length': 1000 }).write('{"data":')
    response.destroy()
  },
}

describe('answers that are not those of a Vault that works', () => {
  let server: StandIn
  let store: SecretStore

  beforeEach(async () => {
    server = await startStandIn()
    store = openVaultStore({ address: server.address, auth: { kind: 'token', token: async () => 'hvs.test' } })
  })
  afterEach(async () => {
    await store.close()
    await server.stop()
  })

  // purge takes any JSON: there is nothing in the answer that it needs.
  it.each(Object.entries(answers))('are unavailable: %s', async (_kind, answer) => {
    server.answerWith(answer)
    const { purge, ...outcomes } = await callAll(store)
    const { purge: _, ...expected } = unavailable
    expect(outcomes).toMatchObject(expected)
    expect(['unavailable', undefined]).toContain(purge?.outcome)
  })

  it.each(Object.entries(refusals))('are unavailable to reads, and a refusal to a write: %s', async (_kind, answer) => {
    server.answerWith(answer)
    expect(await callAll(store)).toMatchObject({ ...unavailable, put: { outcome: 'refused' } })
  })

  it('are unavailable: more than 8 MiB, of which the rest is not read', async () => {
    let written = 0
    server.answerWith((response) => {
      const chunk = Buffer.alloc(65_536, ' ')
      const writeOn = () => {
        while (!response.destroyed && response.write(chunk)) written += chunk.length
      }
      response.writeHead(200, { 'content-type': 'application/json' }).on('drain', writeOn)
      writeOn()
    })

    await expect(store.get(document)).rejects.toMatchObject(unavailableError)
    expect(written).toBeLessThan(256 * 1_048_576)
  })

  it('are unavailable: a redirect to another host, which gets neither the token nor a request', async () => {
    const other = await startStandIn()
    other.answerWith((response) => json(response, 200, secretAnswer({ text: 'of another' })))
    server.answerWith((response, { path }) => response.writeHead(307, { location: `${other.address}${path}` }).end())

    expect(await callAll(store)).toMatchObject(unavailable)

    expect(other.requests).toEqual([])
    await other.stop()
  })

  it('end a call at its deadline, also if bytes keep coming', async () => {
    const hasty = openVaultStore({
      address: server.address,
      auth: { kind: 'token', token: async () => 'hvs.test' },
      deadlineMs: 500,
    })
    const timers: NodeJS.Timeout[] = []
    // It would be whole after 40 s; between two bytes there is far less than any idle limit.
    server.answerWith((response) => {
      const text = JSON.stringify(secretAnswer({ text: 'x'.repeat(750) }))
      let sent = 0
      response.writeHead(200, { 'content-type': 'application/json' })
      timers.push(setInterval(() => response.write(text[sent++] ?? ' '), 50))
    })

    const outcomes = await callAll(hasty)

    expect(outcomes).toMatchObject(unavailable)
    for (const { ms } of Object.values(outcomes)) expect(ms).toBeLessThan(5_000)
    for (const timer of timers) clearInterval(timer)
    await hasty.close()
  })

  it('tell how far its clock is ahead', async () => {
    const ahead: number[] = []
    const timed = openVaultStore({
      address: server.address,
      auth: { kind: 'token', token: async () => 'hvs.test' },
      onClock: (ms) => ahead.push(ms),
    })
    server.answerWith((response) => {
      response.setHeader('date', new Date(Date.now() + 3_600_000).toUTCString())
      json(response, 200, secretAnswer({ text: 'x' }))
    })
    await timed.get(document)
    await timed.close()
    expect(Math.round((ahead.at(-1) ?? 0) / 60_000)).toBe(60)
  })

  it('are gone when the server works again', async () => {
    server.answerWith((response) => response.writeHead(502).end())
    await expect(store.get(document)).rejects.toMatchObject(unavailableError)

    server.answerWith((response) => json(response, 200, secretAnswer({ n: 1 })))
    expect(await store.get(document)).toEqual({ value: { n: 1 }, version: 1 })

    server.answerWith((response) => json(response, 404, { errors: [] }))
    expect(await store.get(document)).toBeUndefined()
  })

  it('are not asked for: every path is the one of the record, and a path that was not built is refused', async () => {
    server.answerWith((response) => json(response, 404, { errors: [] }))
    await store.get(key)
    await store.exists(key)
    expect(server.requests.map(({ path }) => path)).toEqual([
      '/v1/auth/token/lookup-self',
      '/v1/mtls-gateway/data/keys/acme/k1',
      '/v1/mtls-gateway/metadata/keys/acme/k1',
    ])

    for (const path of ['accounts/../keys/a/b', 'accounts/a?version=1', 'accounts/a#', 'accounts/%2e%2e/x', '/a', '']) {
      // What no caller can make without a cast.
      await expect(store.get(path as typeof key)).rejects.toThrow('a path is made of validated segments')
    }
    expect(server.requests).toHaveLength(3)
  })
})
