import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { isStoreError, openVaultStore, type SecretStore } from '../../src/index.ts'
import { type Answer, json, type StandIn, secretAnswer, startStandIn } from './stand-in-vault.ts'
import { document } from './vault-calls.ts'

const unavailable = { name: 'StoreError', reason: 'unavailable' }
const loginPath = '/v1/auth/approle/login'
const auth = { client_token: 'hvs.test', lease_duration: 3600, renewable: true }

/** What it answers once it is in time: a busy machine may miss so short a deadline again. */
async function answerOf<T>(ask: () => Promise<T>): Promise<T> {
  for (const end = Date.now() + 60_000; ; ) {
    try {
      return await ask()
    } catch (error) {
      if (!isStoreError(error, 'unavailable') || Date.now() > end) throw error
    }
  }
}

describe('a login', () => {
  let server: StandIn
  let store: SecretStore
  let secretId: string

  beforeEach(async () => {
    secretId = 'old'
    server = await startStandIn()
    store = openVaultStore({
      address: server.address,
      auth: { kind: 'app-role', roleId: 'role', secretId: async () => secretId },
    })
  })
  afterEach(async () => {
    await store.close()
    await server.stop()
  })

  const answerLogin = (answer: Answer) =>
    server.answerWith((response, request) =>
      request.path === loginPath ? answer(response, request) : json(response, 200, secretAnswer({ n: 1 })),
    )
  const logins = () => server.requests.filter(({ path }) => path === loginPath).length

  it.each([
    ['that is refused', 400, { errors: ['invalid role or secret ID'] }],
    ['that is refused by Vault 1.14', 500, { errors: ['invalid secret id'] }],
    ['that is forbidden', 403, { errors: ['permission denied'] }],
    ['that looks like a missing secret', 404, { errors: [] }],
    ['that looks like a deleted secret', 404, { data: { data: null, metadata: { version: 1 } } }],
  ])('%s is unavailable, and is not repeated with the same credential at once', async (_kind, status, body) => {
    answerLogin((response) => json(response, status, body))
    for (let n = 0; n < 10; n++) await expect(store.get(document)).rejects.toMatchObject(unavailable)
    await expect(store.check()).rejects.toMatchObject(unavailable)
    expect(logins()).toBe(1)
  })

  it('is tried at once when the credential is another one', async () => {
    answerLogin((response, { body }) =>
      JSON.parse(body).secret_id === 'new' ? json(response, 200, { auth }) : json(response, 400, { errors: ['no'] }),
    )
    await expect(store.get(document)).rejects.toMatchObject(unavailable)
    secretId = 'new'
    expect(await store.get(document)).toEqual({ value: { n: 1 }, version: 1 })
  })

  it.each([
    ['no token', { auth: { ...auth, client_token: '' } }],
    ['no duration', { auth: { ...auth, lease_duration: undefined } }],
    ['nothing', {}],
  ])('that gives %s is unavailable', async (_kind, body) => {
    answerLogin((response) => json(response, 200, body))
    await expect(store.get(document)).rejects.toMatchObject(unavailable)
  })

  it('that hangs does not hold a call beyond its deadline, and is made once for all', async () => {
    const hasty = openVaultStore({
      address: server.address,
      auth: { kind: 'app-role', roleId: 'role', secretId: async () => 'x' },
      deadlineMs: 300,
    })
    answerLogin(() => {})
    const results = await Promise.allSettled(Array.from({ length: 20 }, () => hasty.get(document)))
    for (const result of results) expect(result).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(logins()).toBeLessThanOrEqual(2)
    await hasty.close()
  })

  it('whose credential is not to be had in time fails, and the next one is tried anew', async () => {
    const credentials = [Promise.withResolvers<string>().promise, Promise.resolve('x')]
    const source = async () => credentials.shift() ?? 'x'
    const hasty = openVaultStore({
      address: server.address,
      auth: { kind: 'app-role', roleId: 'role', secretId: source },
      deadlineMs: 300,
    })
    answerLogin((response) => json(response, 200, { auth }))
    await expect(hasty.get(document)).rejects.toMatchObject(unavailable)
    expect(await answerOf(() => hasty.get(document))).toMatchObject({ version: 1 })
    await hasty.close()
  })

  it('without a credential is not sent', async () => {
    secretId = ''
    await expect(store.check()).rejects.toMatchObject({ ...unavailable, message: 'The credential for Vault is empty.' })
    expect(server.requests).toEqual([])
  })
})
