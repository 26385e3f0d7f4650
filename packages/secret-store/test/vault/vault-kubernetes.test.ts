import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals'
import { createCa, type TestCa } from '@mtls-gateway/test-kit'
import { openVaultStore, secretFromFile, type VaultStoreOptions } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { json, type SeenRequest, type StandIn, secretAnswer, startStandIn } from './stand-in-vault.ts'
import { document } from './vault-calls.ts'

/** There is no Kubernetes or Vault Enterprise here: an HTTPS server checks that requests are what those ask for. */
describe('Kubernetes login, namespaces and TLS, against a stand-in for Vault', () => {
  const jwtFile = join(temporaryDirectory(), 'token')
  let ca: TestCa
  let server: StandIn

  beforeAll(async () => {
    ca = await createCa()
    const { certificate, privateKey } = await ca.issue({ commonName: 'vault', dnsNames: ['localhost'] })
    server = await startStandIn({ key: privateKey, cert: certificate })
    server.answerWith(answer)
  })
  afterAll(() => server.stop())
  beforeEach(() => {
    server.requests.length = 0
    writeFileSync(jwtFile, 'jwt-1\n')
  })

  /** Each login gives a token of its own, after which only that one is taken. */
  let token = ''
  function answer(response: Parameters<typeof json>[0], { path, body, headers }: SeenRequest): void {
    if (path === '/v1/auth/team/k8s/login') {
      token = `hvs.of-${JSON.parse(body).jwt}`
      json(response, 200, { auth: { client_token: token, lease_duration: 3600, renewable: true } })
    } else if (headers['x-vault-token'] !== token) json(response, 403, { errors: ['permission denied'] })
    else json(response, 200, secretAnswer({ n: 1 }))
  }

  const open = (options: Partial<VaultStoreOptions> = {}) =>
    openVaultStore({
      address: server.address,
      caCertificates: ca.certificate,
      namespace: 'team/gateway',
      mount: 'team/mtls',
      auth: { kind: 'kubernetes', role: 'forwarder', jwt: secretFromFile(jwtFile), mount: 'team/k8s' },
      ...options,
    })

  it('logs in with the role and the JWT of the file, and reads with the token, all in the namespace', async () => {
    const store = open()

    expect(await store.get(document)).toEqual({ value: { n: 1 }, version: 1 })

    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/v1/auth/team/k8s/login',
        body: JSON.stringify({ role: 'forwarder', jwt: 'jwt-1' }),
        headers: { 'x-vault-namespace': 'team/gateway' },
      },
      {
        method: 'GET',
        path: '/v1/team/mtls/data/accounts/acme',
        headers: { 'x-vault-namespace': 'team/gateway', 'x-vault-token': 'hvs.of-jwt-1' },
      },
    ])
    await store.close()
  })

  it('reads the JWT again for each login: the kubelet replaces it every hour', async () => {
    const first = open()
    await first.get(document)
    writeFileSync(jwtFile, 'jwt-2\n')
    const second = open()
    expect(await second.get(document)).toMatchObject({ version: 1 })
    expect(server.requests.at(-1)?.headers['x-vault-token']).toBe('hvs.of-jwt-2')
    await first.close()
    await second.close()
  })

  it('keeps its connection over TLS', async () => {
    const store = open()
    const before = server.connections
    for (let n = 0; n < 10; n++) await store.get(document)
    expect(server.connections).toBe(before + 1)
    await store.close()
  })

  it('sends nothing to a server whose certificate is not of the CA, or has another name', async () => {
    const other = await createCa({ name: 'Other CA' })
    const untrusting = open({ caCertificates: other.certificate })
    await expect(untrusting.get(document)).rejects.toMatchObject({ name: 'StoreError', reason: 'unavailable' })
    await untrusting.close()

    const misnamed = open({ address: server.address.replace('localhost', '127.0.0.1') })
    await expect(misnamed.get(document)).rejects.toMatchObject({
      reason: 'unavailable',
      message: "accounts/acme: Vault can't be reached: ERR_TLS_CERT_ALTNAME_INVALID.",
    })
    await misnamed.close()
    expect(server.requests).toEqual([])
  })

  it.each([
    { address: 'vault.example:8200' },
    { address: 'https://user:pass@vault.example' },
    { address: 'https://vault.example/v1' },
    { address: 'https://vault.example/?x' },
    { address: 'http://vault.example:8200' },
    { mount: 'a/../b' },
    { mount: '' },
    { namespace: 'a?b' },
    { caCertificates: '-----BEGIN CERTIFICATE-----\nnot base64\n-----END CERTIFICATE-----' },
    { deadlineMs: 0 },
  ])('refuses %j as a fault of the configuration, without repeating it', (options) => {
    let thrown: unknown
    try {
      open(options)
    } catch (error) {
      thrown = error
    }
    expect(thrown).toMatchObject({ name: 'CodedError', code: 'CONFIGURATION_INVALID' })
    expect(String(thrown)).not.toContain('pass')
  })
})
