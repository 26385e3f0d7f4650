import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals'
import { openEmbeddedStore, openSecretStore, type VaultLogin } from '../src/index.ts'
import { temporaryDirectory } from './temporary-directory.ts'
import { json, type StandIn, secretAnswer, startStandIn } from './vault/stand-in-vault.ts'
import { document } from './vault/vault-calls.ts'

describe('a configured store', () => {
  it('is the embedded one of a directory', async () => {
    const directory = temporaryDirectory()
    const store = openSecretStore({ kind: 'embedded', directory })
    await store.put(document, { n: 1 }, 0)
    await store.close()
    const other = openEmbeddedStore({ directory })
    expect(await other.get(document)).toEqual({ value: { n: 1 }, version: 1 })
    await other.close()
  })

  it('is refused where its configuration makes no sense', () => {
    const login = { kind: 'token', token: async () => 'hvs.test' } as const
    expect(() => openSecretStore({ kind: 'vault', address: 'vault', mount: 'secret', login })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID' }),
    )
  })
})

describe('a configured Vault', () => {
  let server: StandIn

  beforeEach(async () => {
    server = await startStandIn()
  })
  afterEach(() => server.stop())

  const credential = join(temporaryDirectory(), 'credential')
  writeFileSync(credential, ' from the file\n')

  it.each<[string, VaultLogin, string | undefined, unknown]>([
    ['token', { kind: 'token', token: async () => 'hvs.test' }, undefined, undefined],
    [
      'AppRole',
      { kind: 'app-role', roleId: 'role', secretIdFile: credential },
      '/v1/auth/approle/login',
      { role_id: 'role', secret_id: 'from the file' },
    ],
    [
      'service account',
      { kind: 'kubernetes', role: 'forwarder', jwtFile: credential },
      '/v1/auth/kubernetes/login',
      { role: 'forwarder', jwt: 'from the file' },
    ],
    [
      'service account of another cluster',
      { kind: 'kubernetes', role: 'forwarder', jwtFile: credential, mount: 'kubernetes-west' },
      '/v1/auth/kubernetes-west/login',
      { role: 'forwarder', jwt: 'from the file' },
    ],
  ])('is entered by a login: %s', async (_kind, login, path, body) => {
    server.answerWith((response, request) => {
      const auth = { client_token: 'hvs.test', lease_duration: 3600, renewable: true }
      if (request.path === path) json(response, 200, { auth })
      else json(response, 200, secretAnswer({ n: 1 }))
    })
    const store = openSecretStore({ kind: 'vault', address: server.address, mount: 'secret', login })
    expect(await store.get(document)).toEqual({ value: { n: 1 }, version: 1 })
    await store.close()
    const sent = server.requests.find((request) => request.path === path)
    expect(sent && JSON.parse(sent.body)).toEqual(body)
    expect(server.requests.at(-1)?.headers['x-vault-token']).toBe('hvs.test')
  })
})
