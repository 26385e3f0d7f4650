import { once } from 'node:events'
import { createServer, type Server } from 'node:https'
import type { AddressInfo } from 'node:net'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { createCa, vaultApi } from '@mtls-gateway/test-kit'
import type { SecretPath } from '../../src/port/paths.ts'
import { freshPath } from '../fresh-path.ts'
import { describeVault, openTestVault, type TestVault } from './vault-access.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

/** The prober can read keys and config-api can't: shown with real tokens of their roles. */
describeVault('whoever has all that config-api has', () => {
  let vault: TestVault
  let roles: VaultRoles
  let token: string
  /** The path, below the mount, of a key that exists. */
  let key: SecretPath

  beforeAll(async () => {
    vault = await openTestVault()
    roles = await setUpRoles(vault)
    token = await roles.tokenOf('config-api')
    key = freshPath('keys')
    const root = roles.openAsRoot()
    await root.put(freshPath('accounts'), {}, 0)
    await root.put(key, { privateKey: 'secret' }, 0)
    await root.close()
  })
  afterAll(async () => {
    await vault.api('DELETE', `sys/mounts/${roles.mount}`)
    await vault.stop()
  })

  const ask = async (method: string, path: string, body?: object, as = token) =>
    (await vaultApi(vault.address, method, path, body, as)).status
  const role = () => `auth/approle/role/${roles.mount}-prober`

  it('reads no key', async () => {
    expect(await ask('GET', `${roles.mount}/data/${key}`)).toBe(403)
    expect(await ask('GET', `${roles.mount}/data/${key}?version=1`)).toBe(403)
    expect(await ask('GET', `${roles.mount}/subkeys/${key}`)).toBe(403)
    expect(await ask('GET', `${roles.mount}/data/${key}`, undefined, await roles.tokenOf('prober'))).toBe(200)
  })

  it('makes, finds and looks up no secret id of the prober, and does not change its role or policy', async () => {
    const { secretId } = await roles.credentialOf('prober')
    const refused = [
      ['POST', `${role()}/secret-id`, {}],
      ['POST', `${role()}/custom-secret-id`, { secret_id: 'of my own' }],
      ['POST', `${role()}/secret-id/lookup`, { secret_id: secretId }],
      ['GET', `${role()}/secret-id?list=true`],
      ['GET', `${role()}/role-id`],
      ['POST', `${role()}/role-id`, { role_id: 'of-my-own' }],
      ['GET', role()],
      ['POST', role(), { bind_secret_id: false }],
      ['POST', `auth/approle/role/${roles.mount}-config-api`, { token_policies: [`${roles.mount}-prober`] }],
      ['POST', `sys/policies/acl/${roles.mount}-config-api`, { policy: 'path "*" { capabilities = ["read"] }' }],
    ] as const
    const statuses = await Promise.all(refused.map(([method, path, body]) => ask(method, path, body)))
    expect(statuses).toEqual(refused.map(() => 403))
  })

  it('gets no token of the prober: not by its own credentials, nor from its own token', async () => {
    const [own, prober] = [await roles.credentialOf('config-api'), await roles.credentialOf('prober')]
    const logIn = (role_id: string, secret_id: string) => ask('POST', 'auth/approle/login', { role_id, secret_id }, '')
    expect(await logIn(own.roleId, own.secretId)).toBe(200)
    expect(await logIn(prober.roleId, own.secretId)).toBe(400)
    expect(await logIn(prober.roleId, prober.secretId)).toBe(200)
    for (const path of ['create', 'create-orphan', `create/${roles.mount}-prober`]) {
      expect(await ask('POST', `auth/token/${path}`, { policies: [`${roles.mount}-prober`] })).toBe(403)
    }
  })

  it('gets none as a Kubernetes service account: each role is for one of its own', async () => {
    const cluster = await startTokenReview()
    const authMount = `kubernetes-${process.pid}`
    try {
      mustBe(204, await vault.api('POST', `sys/auth/${authMount}`, { type: 'kubernetes' }))
      const config = { kubernetes_host: cluster.url, kubernetes_ca_cert: cluster.ca, token_reviewer_jwt: reviewer }
      mustBe(204, await vault.api('POST', `auth/${authMount}/config`, config))
      await roles.writeKubernetes({ namespace: 'mtls-gateway', authMount })
      await roles.writeKubernetes({ namespace: 'mtls-gateway', authMount })
      // One for another namespace would lock that of the first out.
      await expect(roles.writeKubernetes({ namespace: 'staging', authMount })).rejects.toMatchObject({
        code: 'CONFIGURATION_INVALID',
        message: expect.stringMatching(/-forwarder is for the namespace mtls-gateway\. .*--mount/),
      })
      const logIn = (role: string, jwt: string) =>
        vaultApi(vault.address, 'POST', `auth/${authMount}/login`, { role: `${roles.mount}-${role}`, jwt }, '')
      const policiesOf = async (role: string, serviceAccount: string, namespace = 'mtls-gateway') => {
        const { status, body } = await logIn(role, jwtOf(serviceAccount, namespace))
        return status === 200 ? body.auth.token_policies : status
      }
      expect(await policiesOf('config-api', 'config-api')).toEqual([`${roles.mount}-config-api`])
      expect(await policiesOf('gc', 'config-api')).toEqual([`${roles.mount}-gc`])
      expect(await policiesOf('forwarder', 'forwarder-api')).toEqual([`${roles.mount}-forwarder`])
      expect(await policiesOf('prober', 'prober')).toEqual([`${roles.mount}-prober`])
      for (const other of ['config-api', 'forwarder-api', 'default'])
        expect(await policiesOf('prober', other)).toBe(403)
      expect(await policiesOf('prober', 'prober', 'elsewhere')).toBe(403)
      const { body } = await logIn('prober', jwtOf('prober', 'mtls-gateway'))
      expect(await ask('GET', `${roles.mount}/data/${key}`, undefined, body.auth.client_token)).toBe(200)
    } finally {
      await vault.api('DELETE', `sys/auth/${authMount}`)
      await cluster.close()
    }
  })
})

/** A token as a cluster signs it. Whether the cluster did so is for its own API to say, which Vault asks. */
function jwtOf(serviceAccount: string, namespace: string): string {
  const now = Math.floor(Date.now() / 1_000)
  const claims = {
    iss: 'https://kubernetes.example',
    sub: `system:serviceaccount:${namespace}:${serviceAccount}`,
    aud: ['vault'],
    iat: now - 60,
    nbf: now - 60,
    exp: now + 600,
    'kubernetes.io': { namespace, serviceaccount: { name: serviceAccount, uid: `uid-of-${serviceAccount}` } },
  }
  const parts = [{ alg: 'RS256', typ: 'JWT' }, claims].map((part) =>
    Buffer.from(JSON.stringify(part)).toString('base64url'),
  )
  return [...parts, Buffer.from('signed by the cluster').toString('base64url')].join('.')
}

const reviewer = jwtOf('vault', 'vault')

/** The one request that Vault makes to a cluster's API: whose token is this? */
async function startTokenReview() {
  const ca = await createCa({ name: 'Cluster CA' })
  const { certificate, privateKey } = await ca.issue({ commonName: 'kubernetes', ipAddresses: ['127.0.0.1'] })
  const server: Server = createServer({ cert: certificate, key: privateKey }, async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    const { spec, ...review } = JSON.parse(text)
    const { sub, 'kubernetes.io': about } = JSON.parse(Buffer.from(spec.token.split('.')[1], 'base64url').toString())
    const user = { username: sub, uid: about.serviceaccount.uid, groups: ['system:serviceaccounts'] }
    response.writeHead(201, { 'content-type': 'application/json' })
    response.end(JSON.stringify({ ...review, spec, status: { authenticated: true, user, audiences: spec.audiences } }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const close = async () => {
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }
  return { url: `https://127.0.0.1:${port}`, ca: ca.certificate, close }
}

function mustBe(status: number, answer: { readonly status: number; readonly body: unknown }): void {
  if (answer.status !== status) throw new Error(`${answer.status}: ${JSON.stringify(answer.body)}`)
}
