import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { eventually } from '../support/eventually.ts'
import { type FaultyProxy, startFaultyProxy } from '../support/faulty-proxy.ts'
import { RotatedTenant } from '../support/rotated-tenant.ts'
import { System } from '../support/system.ts'
import { vaultOfTheRun } from '../support/vault-of-the-run.ts'

describe('the propagation of a certificate to two forwarders, one of which can not read the store', () => {
  let target: TestTarget
  let proxy: FaultyProxy
  let system: System

  beforeAll(async () => {
    target = await startTestTarget()
    proxy = await startFaultyProxy(vaultOfTheRun().address)
    system = await System.start({ targets: [target], moreForwarders: [{ VAULT_ADDR: proxy.address }] })
  })

  afterAll(async () => {
    await system?.stop()
    await proxy?.close()
    await target?.close()
  })

  it('is complete only when that one presents the new certificate, too', async () => {
    const first = await target.clientCa.issue({ commonName: 'first' })
    const second = await target.clientCa.issue({ commonName: 'second' })
    const rotated = await RotatedTenant.onboard(system, first, `${target.url}/`)
    const [able, cutOff] = [rotated.caller(), rotated.caller(system.moreForwarders[0])]
    for (const caller of [able, cutOff]) expect(await rotated.presented(caller)).toBe('first')
    await rotated.propagated(({ instances }) => instances.filter(({ revision }) => revision !== null).length === 2)

    proxy.breakBy('html')
    await rotated.replace(second)
    const partly = await rotated.propagated(({ instances }) => instances.some(({ current }) => !current))
    expect(partly.complete).toBe(false)
    await eventually(
      () => rotated.presented(able),
      (name) => name === 'second',
    )
    const { complete, instances } = await rotated.propagated(({ instances }) => instances.some((one) => one.current))
    expect([complete, instances.filter(({ current }) => current)]).toMatchObject([false, [{ current: true }]])
    expect(await rotated.presented(cutOff)).toBe('first')

    proxy.mend()
    await rotated.propagated((propagation) => propagation.complete)
    expect(await rotated.presented(cutOff)).toBe('second')
  })
})
