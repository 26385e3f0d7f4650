import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import type { TestTarget } from '@mtls-gateway/test-kit'
import { expectProblem } from '../support/expect-problem.ts'
import { Rotation } from '../support/rotation.ts'
import { type SharedSystem, sharedSystem } from '../support/shared-system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'
import type { Mapping, Probe } from '../support/wire.ts'

let target: TestTarget
let system: SharedSystem

beforeAll(async () => {
  system = await sharedSystem()
  target = await system.startTarget()
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
})

/** Nothing that compresses. */
const random = (characters: number) => randomBytes(characters).toString('base64url').slice(0, characters)

const probed = 40

describe('a probe in an account that is full', () => {
  it('is answered, and its outcome is kept without what it found at each url', async () => {
    const tenant = await system.newTenant()
    const { certificate } = await tenant.onboard(await target.clientCa.issue({ commonName: 'a' }), `${target.url}/`)
    const rotation = new Rotation(tenant, certificate.id)
    mustBe(201, await rotation.stage(await target.clientCa.issue({ commonName: 'b' })))
    const urls = Array.from({ length: probed }, () => `${target.url}/?${random(300)}`)
    await save(tenant, certificate.id, urls)
    const last = await fill(tenant, certificate.id)
    mustBe(200, await tenant.api.json('DELETE', tenant.path(`mappings/${last}`)))

    const { status, body } = await rotation.post<Probe>('staged/probe')
    expect(status).toBe(200)
    expect(body).toMatchObject({ ok: true, kept: 'outcome' })
    expect(body.results.filter(({ result }) => result === 'ok')).toHaveLength(probed + 1)
    expect((await rotation.get()).staged?.lastProbe).toMatchObject({ ok: true, results: [], omitted: probed + 1 })
  })
})

const save = (tenant: Tenant, certificationId: number, urls: readonly string[], enable = true) =>
  tenant.api.json<Mapping[]>(
    'POST',
    tenant.path('mappings'),
    urls.map((url) => ({ name: random(20), serviceId: 'IDP', url, certificationId, enable })),
  )

/** Disabled mappings with 2 KB each, until there is no room for one more. Returns the id of the last one. */
async function fill(tenant: Tenant, certificationId: number): Promise<number> {
  let last = 0
  for (const count of [100, 10, 1]) {
    for (;;) {
      const urls = Array.from({ length: count }, () => `https://full.example/${random(2_000)}`)
      const saved = await save(tenant, certificationId, urls, false)
      if (saved.status !== 201) {
        expectProblem(saved, 409, 'ACCOUNT_FULL')
        break
      }
      last = saved.body.at(-1)?.id ?? 0
    }
  }
  return last
}
