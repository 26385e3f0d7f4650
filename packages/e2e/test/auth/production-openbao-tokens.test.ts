import { afterAll, beforeAll, expect, it } from '@jest/globals'
import type { VaultAccess } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { newAccountId } from '../support/tenant.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'

/** As docs/tokens.md sets it up. */
const template = '{"accounts": {{identity.entity.groups.names}}, "scope": {{identity.entity.metadata.scope}}}'
const name = 'mtls-gateway'
const account = newAccountId()

let bao: VaultAccess
let system: System
let token: string

async function write(path: string, body: object): Promise<VaultAnswerData> {
  const { status, body: answer } = await bao.api('POST', path, body)
  expect([path, status < 300, answer?.errors]).toEqual([path, true, undefined])
  return answer
}
// biome-ignore lint/suspicious/noExplicitAny: what the server answers depends on the path
type VaultAnswerData = any

beforeAll(async () => {
  bao = vaultOfTheRun()
  await write('identity/oidc/config', { issuer: bao.address })
  await write(`identity/oidc/key/${name}`, { allowed_client_ids: name, algorithm: 'ES256' })
  await write(`identity/oidc/role/${name}`, { key: name, client_id: name, ttl: '15m', template })
  await write('sys/policies/acl/mtls-token', {
    policy: `path "identity/oidc/token/${name}" { capabilities = ["read"] }`,
  })
  await write('sys/auth/userpass', { type: 'userpass' })
  await write('auth/userpass/users/alice', { password: 'x', token_policies: ['mtls-token'] })
  const login = await write('auth/userpass/login/alice', { password: 'x' })
  const { entity_id: id, client_token: ofAlice } = login.auth
  await write(`identity/entity/id/${id}`, { metadata: { scope: 'mtls:read' } })
  await write('identity/group', { name: account, member_entity_ids: [id] })
  const issued = await bao.api('GET', `identity/oidc/token/${name}`, undefined, ofAlice)
  token = issued.body.data.token
  const issuer = `${bao.address}/v1/identity/oidc`
  system = await System.start({
    env: { TOKEN_ISSUER: issuer, TOKEN_AUDIENCE: name, TOKEN_JWKS_URL: `${issuer}/.well-known/keys` },
  })
})

afterAll(async () => {
  await system?.stop()
  await bao?.api('DELETE', 'sys/auth/userpass')
})

it('an identity token of OpenBao says its accounts by groups, and its scopes by metadata', async () => {
  const client = system.toConfigApi({ bearer: token })
  expect((await client.json('GET', `/mtls/account/${account}/certificates`)).status).toBe(200)
  expectProblem(await client.json('GET', '/mtls/account/other/certificates'), 403, 'WRONG_ACCOUNT')
  expectProblem(await client.json('POST', `/mtls/account/${account}/mappings`, []), 403, 'SCOPE_MISSING')
})
