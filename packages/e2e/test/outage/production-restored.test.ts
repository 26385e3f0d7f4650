import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath } from '@mtls-gateway/secret-store'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { beginEpoch } from '../support/begin-epoch.ts'
import { eventually } from '../support/eventually.ts'
import { type Production, startProduction } from '../support/production-system.ts'
import { RotatedTenant } from '../support/rotated-tenant.ts'
import { outagePauseMs, SteadyCalls, tally } from '../support/steady-calls.ts'
import { lp, mustBe, type Tenant } from '../support/tenant.ts'
import type { AppKey } from '../support/wire.ts'

describe('a Vault that is put back to an older snapshot under traffic', () => {
  let target: TestTarget
  let production: Production
  let identities: Readonly<Record<'first' | 'second' | 'third', IssuedCertificate>>

  beforeAll(async () => {
    target = await startTestTarget()
    const issue = (commonName: string) => target.clientCa.issue({ commonName })
    identities = { first: await issue('first'), second: await issue('second'), third: await issue('third') }
    // No forwarder finds out by looking.
    const env = { ACCOUNT_TTL: '5m', STORE_EPOCH_TTL: '5m' }
    production = await startProduction({ targets: [target], moreForwarders: [{}], env })
  })

  afterAll(async () => {
    await production?.stop()
    await target?.close()
  })

  const forwarders = () => [production.system.forwarderApi, ...production.system.moreForwarders]

  /** Puts back the whole Vault to what it was when this was called. */
  async function snapshot(): Promise<() => Promise<void>> {
    const { vault } = production
    const bytes = await vault.snapshot()
    return () => vault.restore(bytes)
  }

  /** Puts back the document of the account, which takes less time. */
  async function copyOfAccount(tenant: Tenant): Promise<() => Promise<void>> {
    const store = production.system.openStore()
    const path = accountPath(parseAccountId(tenant.id))
    const copy = await store.get(path)
    return async () => {
      const { version = 0 } = (await store.get(path)) ?? {}
      await store.put(path, copy?.value ?? {}, version)
      await store.close()
    }
  }

  /** An account whose copies are six changes ahead of the store, after it was put back. */
  async function restored(backUp: (tenant: Tenant) => Promise<() => Promise<void>>) {
    const { system } = production
    const rotated = await RotatedTenant.onboard(system, identities.first, `${target.url}/`)
    const { tenant } = rotated
    const [kept, deleted] = [await tenant.newAppKey(), await tenant.newAppKey()]
    const revoke = async ({ appKey }: AppKey) =>
      mustBe(200, await tenant.api.json('DELETE', tenant.path(`app-keys/${appKey}`)))
    const putBack = await backUp(tenant)
    await rotated.replace(identities.second)
    await revoke(deleted)
    const lost = await tenant.newAppKey()
    for (let n = 0; n < 3; n++) await tenant.newAppKey()

    const callsWith = (oauth1: AppKey) =>
      forwarders().map((forwarder) => {
        const client = system.toForwarderApi({ oauth1 }, forwarder)
        return () => client.json('GET', tenant.forwardPath, undefined, lp(`${target.url}/`))
      })
    for (const call of [...callsWith(kept), ...callsWith(lost)]) expect(await call()).toMatchObject({ status: 200 })
    const steady = (appKey: AppKey) => callsWith(appKey).map((call) => new SteadyCalls(call, 1, outagePauseMs))
    const presented = () => Promise.all(forwarders().map((one) => rotated.presented(rotated.caller(one))))
    expect(await presented()).toEqual(['second', 'second'])
    await putBack()
    return { system, rotated, kept, deleted, lost, callsWith, steady, presented, revoke }
  }

  /** Stops the calls of a key once each forwarder refuses it. */
  async function refused(calls: readonly SteadyCalls[], probes: readonly (() => Promise<{ status: number }>)[]) {
    for (const probe of probes) await eventually(probe, ({ status }) => status === 401)
    return Promise.all(calls.map((each) => each.stop()))
  }

  /** What was answered from the first refusal on. */
  const fromRefusal = (calls: Awaited<ReturnType<SteadyCalls['stop']>>) =>
    tally(calls.slice(calls.findIndex(({ status }) => status === 401)))

  it('forwarders drop their copies when the operator says so, and propagation is incomplete until then', async () => {
    const { system, rotated, kept, deleted, lost, callsWith, steady, presented, revoke } = await restored(snapshot)
    const calls = steady(lost)
    const before = await rotated.propagation()
    expect(before.body).toMatchObject({ complete: false, instances: [{ current: false }, { current: false }] })

    const report = await beginEpoch(system.envOf('config-api'), '--revoke')
    expect(report.forwarders).toHaveLength(2)
    expect(report.lost.accounts).toMatchObject([{ account: rotated.tenant.id }])
    expect(report.revoked).toEqual([{ appKey: deleted.appKey }])
    for (const call of callsWith(lost)) expect(await call()).toMatchObject({ status: 401 })
    for (const call of callsWith(deleted)) expect(await call()).toMatchObject({ status: 401 })
    for (const made of await refused(calls, callsWith(lost))) expect(Object.keys(fromRefusal(made))).toHaveLength(1)
    expect(await presented()).toEqual(['first', 'first'])

    const doomed = steady(kept)
    await revoke(kept)
    for (const made of await refused(doomed, callsWith(kept))) expect(Object.keys(fromRefusal(made))).toHaveLength(1)
    await rotated.replace(identities.third)
    await rotated.propagated(({ complete, revision }) => complete && revision > 1)
    expect(await presented()).toEqual(['third', 'third'])
  })

  it('the first change of an account shows it, if the operator says nothing', async () => {
    const { system, rotated, kept, lost, callsWith, steady, presented, revoke } = await restored(copyOfAccount)
    const calls = [steady(kept), steady(lost)] as const
    await revoke(kept)
    for (const made of await refused(calls[0], callsWith(kept))) expect(Object.keys(fromRefusal(made))).toHaveLength(1)
    for (const made of await refused(calls[1], callsWith(lost))) expect(Object.keys(fromRefusal(made))).toHaveLength(1)
    await rotated.replace(identities.third)
    await rotated.propagated(({ complete, revision }) => complete && revision > 1)
    expect(await presented()).toEqual(['third', 'third'])
    await eventually(
      () => system.readOutput(),
      (output) => /"level":"error".*"event":"store-restored"/.test(output),
    )
  })
})
