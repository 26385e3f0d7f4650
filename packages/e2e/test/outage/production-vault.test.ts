import { setTimeout } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { type IssuedCertificate, startTestTarget, type TestTarget } from '@mtls-gateway/test-kit'
import { itLeavesNoOrphan, itRidesOut, ridingOut } from '../support/outage-behaviour.ts'
import { OutageParties } from '../support/outage-parties.ts'
import { type Production, startProduction } from '../support/production-system.ts'
import { made, tally } from '../support/steady-calls.ts'

const roles = ['forwarder', 'config-api'] as const

describe('a Vault that fails under traffic', () => {
  let target: TestTarget
  let identity: IssuedCertificate
  let production: Production

  beforeAll(async () => {
    target = await startTestTarget()
    identity = await target.clientCa.issue({ commonName: 'mapped' })
    production = await startProduction({ targets: [target], ...ridingOut })
  })

  afterAll(async () => {
    await production?.stop()
    await target?.close()
  })

  const scene = () => ({ system: production.system, identity, targetUrl: `${target.url}/` })
  const revokeTokens = () => production.vault.api('PUT', 'sys/leases/revoke-prefix/auth/approle/login')

  itRidesOut('hangs (SIGSTOP)', scene, {
    begin: () => production.vault.pause(),
    end: () => production.vault.resume(),
  })

  itRidesOut('is killed (SIGKILL), until it is started again', scene, {
    begin: () => production.vault.kill(),
    end: () => production.vault.restart(),
  })

  itRidesOut('is sealed, until it is unsealed', scene, {
    begin: () => production.vault.seal(),
    end: () => production.vault.unseal(),
  })

  itRidesOut('has revoked the tokens and secret ids of the services, until they get new ones', scene, {
    begin: async () => {
      for (const role of roles) await production.mount.destroySecretIds(role)
      await revokeTokens()
    },
    end: async () => {
      for (const role of roles) await production.mount.newSecretId(role)
    },
  })

  it('has revoked the tokens alone, no call fails: the services log in again', async () => {
    const { system, targetUrl } = scene()
    const parties = new OutageParties(system, identity, targetUrl)
    const callers = await Promise.all(Array.from({ length: 5 }, () => parties.caller()))
    // Whether a refusal is the token's fault is asked once in a second.
    await setTimeout(1_100)
    const { status } = await revokeTokens()
    expect(status).toBe(204)
    const calls = await Promise.all(callers.flatMap(({ forward, list }) => [made(forward), made(list)]))
    expect(tally(calls)).toEqual({ 200: calls.length })
  })

  itLeavesNoOrphan(scene)
})
