import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { eventually } from '../support/eventually.ts'
import { expectProblem } from '../support/expect-problem.ts'
import { System } from '../support/system.ts'
import { mustBe, type Tenant } from '../support/tenant.ts'

describe('config-api on a disk that takes no writes', () => {
  let system: System
  let tenant: Tenant

  beforeAll(async () => {
    system = await System.start({ configApiOnly: true })
    tenant = await system.newTenant()
  })

  afterAll(() => system?.stop())

  const limitFiles = (bytes: string) =>
    execFileSync('prlimit', ['--pid', String(system.configApi.pid), `--fsize=${bytes}:`])
  const change = () => tenant.api.json('POST', tenant.path('app-keys'), { label: 'one', scopes: ['forward'] })
  const health = () => system.toConfigApi().json<{ status: string; checks: object }>('GET', '/health/ready')
  const lines = (event: string) => system.output.split('\n').filter((line) => line.includes(`"event":"${event}"`))

  it('answers changes with the cause, serves reads, is degraded and logs it; all of that is over with the fault', async () => {
    mustBe(201, await change())
    limitFiles('1')
    for (let time = 0; time < 3; time++) {
      const problem = expectProblem(await change(), 507, 'STORE_NOT_WRITABLE')
      expect(problem.detail).toContain('Nothing was changed')
    }
    mustBe(200, await tenant.api.json('GET', tenant.path('app-keys')))
    const degraded = await eventually(health, ({ body }) => body.status === 'degraded')
    expect(degraded).toMatchObject({ status: 200, body: { checks: { 'secret-store': 'failing' } } })

    limitFiles('unlimited')
    await eventually(health, ({ body }) => body.status === 'ok')
    mustBe(201, await change())
    await system.stopConfigApi()
    expect(lines('store-write-failed').map((line) => JSON.parse(line))).toEqual([
      expect.objectContaining({
        level: 'error',
        times: 1,
        cause: 'The disk of the store takes no writes: disk I/O error.',
        freeBytes: expect.any(Number),
      }),
    ])
    expect(lines('store-writable')).toHaveLength(1)
  })
})
