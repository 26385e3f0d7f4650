import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, makePkcs12, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { PendingCalls } from '../support/pending-calls.ts'
import { System } from '../support/system.ts'
import type { Tenant } from '../support/tenant.ts'
import type { TestReport } from '../support/wire.ts'

let target: TestTarget
let tarpit: TestTarget
let system: System
let hostile: Tenant
let other: Tenant
let identity: IssuedCertificate

beforeAll(async () => {
  target = await startTestTarget()
  tarpit = await startTestTarget({ requireClientCertificate: false, handler: () => {} })
  identity = await target.clientCa.issue({ commonName: 'tested' })
  system = await System.start({ configApiOnly: true, targets: [target, tarpit] })
  ;[hostile, other] = await Promise.all([system.newTenant(), system.newTenant()])
})

afterAll(async () => {
  await system?.stop()
  await target?.close()
  await tarpit?.close()
})

async function form(url: string): Promise<RequestInit> {
  const body = new FormData()
  body.set('file', new Blob([Buffer.from(makePkcs12({ identity, password: 'secret' }))]), 'test.p12')
  body.set('password', 'secret')
  return { method: 'POST', headers: { authorization: `Bearer ${await system.token()}`, 'LP-forward-url': url }, body }
}

function test(tenant: Tenant, url: string) {
  const file = { fileName: 'test.p12', content: makePkcs12({ identity, password: 'secret' }) }
  const path = tenant.path('p12-test/multipart')
  return tenant.api.multipart<TestReport>('POST', path, { password: 'secret' }, { file }, { 'LP-forward-url': url })
}

describe('70 key tests of one account against a target that never answers', () => {
  it('leave the key tests of another account their turn', async () => {
    await using calls = new PendingCalls()
    const url = system.configApi.url + hostile.path('p12-test/multipart')
    for (let n = 0; n < 70; n++) calls.begin(url, await form(`${tarpit.url}/`))
    // What the account may have at once hangs, what it may have waiting waits, and all else is turned away.
    await eventually(
      async () => calls.statuses.length,
      (refused) => refused === 60,
      60_000,
    )
    const { status, body } = await test(other, `${target.url}/`)
    expect([status, body]).toMatchObject([200, { call: { status: 200 } }])
    expect(calls.statuses.filter((status) => ![429, 503].includes(status))).toEqual([])
    expect(calls.statuses).toHaveLength(60)
  })
})
