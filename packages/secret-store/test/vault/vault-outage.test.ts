import { afterAll, beforeAll, beforeEach, expect, it } from '@jest/globals'
import { startVaultServer, type VaultServer } from '@mtls-gateway/test-kit'
import { openVaultStore, type SecretStore } from '../../src/index.ts'
import { describeOwnVault, patientMs } from './vault-access.ts'
import { callAll, calls, document } from './vault-calls.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

const deadlineMs = 1_000
/** A deadline that is kept, on a machine that has other things to do. */
const wellAfterDeadlineMs = 10_000
const recoveryMs = 60_000

describeOwnVault('while a real Vault', () => {
  let vault: VaultServer
  let roles: VaultRoles
  let store: SecretStore

  beforeAll(async () => {
    vault = await startVaultServer()
    roles = await setUpRoles(vault)
    store = await roles.open('config-api', { deadlineMs })
    const patient = await roles.open('config-api', { deadlineMs: patientMs })
    await patient.put(document, { n: 1 }, 0)
    await patient.close()
  })
  afterAll(async () => {
    await store.close()
    await vault.stop()
  })
  beforeEach(() => expectRecovery())

  async function expectAllUnavailable(): Promise<void> {
    // Listing accounts is not config-api's to do, at any time.
    const { list: _, ...allowed } = calls
    const outcomes = await callAll(store, allowed)
    for (const [name, { outcome, ms }] of Object.entries(outcomes)) {
      expect([name, outcome]).toEqual([name, 'unavailable'])
      expect(ms).toBeLessThan(wellAfterDeadlineMs)
    }
    await expect(store.check()).rejects.toMatchObject({ name: 'StoreError', reason: 'unavailable' })
  }

  /** Reads until it succeeds, as callers do. */
  async function expectRecovery(reader = store): Promise<void> {
    const read = () => reader.check().then(() => reader.get(document))
    const started = performance.now()
    for (;;) {
      const outcome = await read().catch((error: unknown) => error)
      if (!(outcome instanceof Error)) {
        expect(outcome).toMatchObject({ value: { n: 1 } })
        return
      }
      expect(outcome).toMatchObject({ reason: 'unavailable' })
      expect(performance.now() - started).toBeLessThan(recoveryMs)
    }
  }

  it('is paused (SIGSTOP), every call ends at its deadline and is unavailable; then it goes on', async () => {
    vault.pause()
    await expectAllUnavailable()
    await expectAllUnavailable()
    vault.resume()
    await expectRecovery()
  })

  it('is killed (SIGKILL), every call is unavailable; then it goes on with its restart', async () => {
    await vault.kill()
    await expectAllUnavailable()
    await vault.restart()
    await expectRecovery()
  })

  it('is sealed, every call is unavailable; then it goes on when it is unsealed', async () => {
    await vault.seal()
    await expectAllUnavailable()
    await vault.unseal()
    await expectRecovery()
  })

  it('is restarted under 50 calls, none of them says that the secret is missing', async () => {
    const outcomes: unknown[] = []
    let restarted = false
    const callers = Array.from({ length: 50 }, async () => {
      while (!restarted) outcomes.push(await store.get(document).catch((error: { reason?: unknown }) => error.reason))
    })
    await vault.restart()
    restarted = true
    await Promise.all(callers)

    expect(outcomes).not.toContain(undefined)
    for (const outcome of outcomes) {
      if (outcome !== 'unavailable') expect(outcome).toMatchObject({ value: { n: 1 } })
    }
    await expectRecovery()
  })

  it('can not be reached, a service starts all the same, and logs in once it can', async () => {
    const { roleId, secretId } = await roles.credentialOf('config-api')
    await vault.kill()
    const auth = { kind: 'app-role', roleId, secretId: async () => secretId } as const
    const early = openVaultStore({ address: vault.address, mount: roles.mount, auth, deadlineMs })
    await expect(early.get(document)).rejects.toMatchObject({ reason: 'unavailable' })

    await vault.restart()

    await expectRecovery(early)
    await early.close()
  })
})
