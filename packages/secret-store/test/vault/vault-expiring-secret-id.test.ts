import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { openVaultStore, secretFromFile } from '../../src/index.ts'
import { temporaryDirectory } from '../temporary-directory.ts'
import { describeVault, openTestVault, patientMs, type TestVault } from './vault-access.ts'
import { document } from './vault-calls.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

/** The token lives that long; it is renewed after 0.6 to 0.75 of it: after the end of the secret id. */
const ttlSeconds = 7

describeVault('a secret id that expires', () => {
  const file = join(temporaryDirectory(), 'secret-id')
  let vault: TestVault
  let roles: VaultRoles

  beforeAll(async () => {
    vault = await openTestVault()
    roles = await setUpRoles(vault)
  })
  afterAll(() => vault.stop())

  it('is survived by the token, which is renewed; the next login takes the one that was put into its file', async () => {
    const { name, roleId } = await roles.credentialOf('config-api')
    const role = `auth/approle/role/${name}`
    await vault.api('POST', role, { secret_id_ttl: 4, token_ttl: ttlSeconds, token_max_ttl: 13 })
    const newSecretId = async () => {
      const { secret_id }: { secret_id: string } = (await vault.api('POST', `${role}/secret-id`)).body.data
      writeFileSync(file, secret_id)
      return secret_id
    }
    const first = await newSecretId()
    const auth = { kind: 'app-role', roleId, secretId: secretFromFile(file) } as const
    const store = openVaultStore({ address: vault.address, mount: roles.mount, auth, deadlineMs: patientMs })
    await store.put(document, { n: 1 }, 0)
    const expiry = delay(1_000 * (ttlSeconds + 1))

    const isKnown = async () =>
      (await vault.api('POST', `${role}/secret-id/lookup`, { secret_id: first })).body?.data !== undefined
    while (await isKnown()) await delay(100)
    await expiry
    // Its own token would have expired by now; it was renewed without the secret id.
    expect(await store.get(document)).toMatchObject({ value: { n: 1 } })

    // At the end of its longest life a login is needed, and refused.
    let failure: unknown
    while (failure === undefined) {
      failure = await store.get(document).then(
        () => undefined,
        (error: unknown) => error,
      )
      await delay(100)
    }
    expect(failure).toMatchObject({
      reason: 'unavailable',
      message: expect.stringContaining('Vault refused the login'),
    })

    await vault.api('POST', role, { secret_id_ttl: 0 })
    await newSecretId()
    expect(await store.get(document)).toMatchObject({ value: { n: 1 } })
    await store.close()
  })
})
