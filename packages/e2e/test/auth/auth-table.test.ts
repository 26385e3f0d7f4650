import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { ApiClient, ApiClientOptions, ApiResponse } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { type Resource, resources } from '../support/resources.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import type { Tenant } from '../support/tenant.ts'
import { allScopes } from '../support/wire.ts'

type Credentials = Omit<ApiClientOptions, 'baseUrl'>

let system: SharedSystem
let mine: Tenant
let other: Tenant
/** Keyed by what they lack; for the account `mine` unless told otherwise. */
const oauth1 = new Map<string, Credentials>()
const bearer = new Map<string, Credentials>()

beforeAll(async () => {
  system = await sharedSystem()
  mine = await system.newTenant()
  other = await system.newTenant()
  const kinds = ['nothing', ...allScopes]
  const scopesBut = (lacking: string) => allScopes.filter((scope) => scope !== lacking)
  for (const lacking of kinds) {
    oauth1.set(lacking, { oauth1: await mine.newAppKey(scopesBut(lacking)) })
    bearer.set(lacking, { bearer: await system.token([mine.id], scopesBut(lacking)) })
  }
  oauth1.set('the account', { oauth1: await other.newAppKey() })
  bearer.set('the account', { bearer: await system.token([other.id]) })
})

afterAll(() => system?.stop())

const rows = resources.map((resource) => ({ ...resource, shown: resource.path('{accountId}') }))

describe.each(rows)('$method $shown', (resource) => {
  const kinds = [
    { kind: 'OAuth 1.0a', word: /OAuth/, taken: resource.oauth1, of: oauth1 },
    { kind: 'Bearer', word: /Bearer/, taken: resource.bearer, of: bearer },
  ]
  const taken = kinds.filter((kind) => kind.taken)
  const refused = kinds.filter((kind) => !kind.taken)

  it.each(taken)('takes $kind with $kind credentials', async ({ of }) => {
    const response = await call(resource, of.get('nothing'))
    expect([401, 403]).not.toContain(response.status)
    expect(response.status).toBeLessThan(500)
    if (resource.status !== undefined) expect(response.status).toBe(resource.status)
  })

  it.each(taken)('refuses $kind credentials of another account', async ({ of }) => {
    expectRefusal(await call(resource, of.get('the account')), resource, 403, 'WRONG_ACCOUNT')
  })

  it.each(taken)('refuses $kind credentials without its scope', async ({ of }) => {
    expectRefusal(await call(resource, of.get(resource.scope)), resource, 403, 'SCOPE_MISSING')
  })

  it('refuses who has no credentials, and says which it takes', async () => {
    const response = await call(resource, {})
    expectRefusal(response, resource, 401, 'CREDENTIALS_MISSING')
    for (const { word } of taken) expect(String(response.headers['www-authenticate'])).toMatch(word)
    for (const { word } of refused) expect(String(response.headers['www-authenticate'])).not.toMatch(word)
  })

  for (const { kind, of } of refused) {
    it(`refuses ${kind} and names what it takes`, async () => {
      const response = await call(resource, of.get('nothing'))
      expectRefusal(response, resource, 401, 'CREDENTIAL_KIND_NOT_TAKEN')
      for (const { word } of taken) {
        expect(String(response.headers['www-authenticate'])).toMatch(word)
        if (resource.method !== 'HEAD') expect(String(response.body)).toMatch(word)
      }
    })
  }
})

async function call(resource: Resource, credentials: Credentials = {}): Promise<ApiResponse<Buffer>> {
  const client: ApiClient =
    resource.api === 'config' ? system.toConfigApi(credentials) : system.toForwarderApi(credentials)
  const body = ['POST', 'PUT', 'PATCH'].includes(resource.method) ? bodyOf(resource) : undefined
  const request = { method: resource.method, path: resource.path(mine.id) }
  if (body === undefined) return client.raw(request)
  return client.raw({ ...request, headers: { 'content-type': 'application/json' }, body })
}

/** The check without an account in its path belongs to the accounts of its entries. */
function bodyOf({ path }: Resource): string {
  const entry = { serviceName: 'IDP', accountId: mine.id, url: 'https://target.example/' }
  return path('').includes('/mapping?v=1') ? JSON.stringify([entry]) : '[]'
}

function expectRefusal(response: ApiResponse<Buffer>, resource: Resource, status: number, code: string): void {
  if (status === 401) expect(response.headers['www-authenticate']).toBeDefined()
  if (resource.method === 'HEAD') expect(response.status).toBe(status)
  else expectProblem(response, status, code)
}
