import { afterAll, beforeAll, expect, it } from '@jest/globals'
import {
  appKeyMacsPath,
  auditPositionsPath,
  isStoreError,
  kindFolder,
  recordFolder,
  type SecretStore,
  storeEpochPath,
} from '../../../src/index.ts'
import { type VaultRole, vaultRoles } from '../../../src/vault/setup/index.ts'
import { account, freshPath, type Kind, kinds } from '../../fresh-path.ts'
import { describeVault, openTestVault, type TestVault } from '../vault-access.ts'
import { setUpRoles, type VaultRoles } from '../vault-roles.ts'

/** Each of them on a secret of its own that is there, except `create`. */
const operations = ['get', 'exists', 'create', 'change', 'purge', 'list'] as const
type Operation = (typeof operations)[number]

const collected: readonly Kind[] = ['keys', 'chains', 'app-keys', 'webhook-secrets', 'target-secrets', 'approvals']

/** All that each role may do: what is not here must be refused. */
const allowed: Readonly<Record<VaultRole, Readonly<Record<Operation, readonly Kind[]>>>> = {
  forwarder: {
    get: ['accounts', 'keys', 'chains', 'app-keys', 'target-secrets'],
    exists: [],
    create: [],
    change: [],
    purge: [],
    list: [],
  },
  'config-api': {
    get: ['accounts', 'chains', 'app-keys', 'webhook-secrets', 'audit', 'issuer-cas', 'approvals'],
    exists: [...collected, 'audit', 'issuer-keys', 'issuer-cas'],
    create: kinds,
    change: ['accounts'],
    purge: collected,
    list: ['keys'],
  },
  prober: { get: ['keys', 'issuer-keys', 'target-secrets'], exists: [], create: [], change: [], purge: [], list: [] },
  gc: {
    get: ['accounts', 'audit'],
    exists: [...collected, 'audit'],
    create: ['audit'],
    change: ['accounts'],
    purge: [...collected, 'audit'],
    list: ['accounts', ...collected, 'audit'],
  },
}

async function attempt(store: SecretStore, root: SecretStore, operation: Operation, kind: Kind): Promise<unknown> {
  const path = freshPath(kind)
  if (operation !== 'create') await root.put(path, { text: 'there' }, 0)
  switch (operation) {
    case 'get':
      return store.get(path)
    case 'exists':
      return store.exists(path)
    case 'create':
      return store.put(path, { text: 'new' }, 0)
    case 'change':
      return store.put(path, { text: 'changed' }, 1)
    case 'purge':
      return store.purge(path)
    case 'list':
      return store.list(kind === 'accounts' ? kindFolder(kind) : recordFolder(kind, account))
  }
}

describeVault('the policies of infra/vault', () => {
  let vault: TestVault
  let roles: VaultRoles
  let root: SecretStore
  const stores = new Map<VaultRole, SecretStore>()
  // Filled in by beforeAll.
  const storeOf = (role: VaultRole) => stores.get(role) as SecretStore

  beforeAll(async () => {
    vault = await openTestVault()
    roles = await setUpRoles(vault)
    root = roles.openAsRoot()
    for (const role of vaultRoles) stores.set(role, await roles.open(role))
  })
  afterAll(async () => {
    for (const store of [...stores.values(), root]) await store.close()
    await vault.api('DELETE', `sys/mounts/${roles.mount}`)
    await vault.stop()
  })

  it.each(vaultRoles.flatMap((role) => operations.map((operation) => [role, operation] as const)))(
    'let %s %s what it needs and nothing else',
    async (role, operation) => {
      const done: Kind[] = []
      for (const kind of kinds) {
        try {
          await attempt(storeOf(role), root, operation, kind)
          done.push(kind)
        } catch (error) {
          if (!isStoreError(error, 'forbidden')) throw error
        }
      }

      expect([...done].sort()).toEqual([...allowed[role][operation]].sort())
    },
  )

  it('let config-api write the MAC keys once, it and the forwarder read them, and no other role touch them', async () => {
    const [forwarder, configApi] = [storeOf('forwarder'), storeOf('config-api')]
    const forbidden = { reason: 'forbidden' }
    await expect(forwarder.put(appKeyMacsPath, { keys: [] }, 0)).rejects.toMatchObject(forbidden)
    expect(await configApi.put(appKeyMacsPath, { keys: [1] }, 0)).toBe(1)

    await expect(configApi.put(appKeyMacsPath, { keys: [2] }, 0)).rejects.toMatchObject({ reason: 'conflict' })
    await expect(configApi.put(appKeyMacsPath, { keys: [2] }, 1)).rejects.toMatchObject(forbidden)
    await expect(configApi.purge(appKeyMacsPath)).rejects.toMatchObject(forbidden)
    for (const store of [forwarder, configApi]) {
      expect(await store.get(appKeyMacsPath)).toEqual({ value: { keys: [1] }, version: 1 })
    }
    for (const role of ['prober', 'gc'] as const) {
      await expect(storeOf(role).get(appKeyMacsPath)).rejects.toMatchObject(forbidden)
      await expect(storeOf(role).purge(appKeyMacsPath)).rejects.toMatchObject(forbidden)
    }
  })

  it('let config-api begin epochs of the store, the forwarder read them, and no other role touch them', async () => {
    const [forwarder, configApi] = [storeOf('forwarder'), storeOf('config-api')]
    const forbidden = { reason: 'forbidden' }
    await expect(forwarder.put(storeEpochPath, { epoch: '1' }, 0)).rejects.toMatchObject(forbidden)
    expect(await configApi.put(storeEpochPath, { epoch: '1' }, 0)).toBe(1)
    expect(await configApi.put(storeEpochPath, { epoch: '2' }, 1)).toBe(2)
    await expect(configApi.purge(storeEpochPath)).rejects.toMatchObject(forbidden)
    for (const store of [forwarder, configApi]) expect(await store.get(storeEpochPath)).toMatchObject({ version: 2 })
    for (const role of ['prober', 'gc'] as const) {
      await expect(storeOf(role).get(storeEpochPath)).rejects.toMatchObject(forbidden)
    }
  })

  it('let config-api keep positions of the audit stream, and no other role touch them', async () => {
    const configApi = storeOf('config-api')
    const path = auditPositionsPath('webhook', 7)
    const forbidden = { reason: 'forbidden' }
    expect(await configApi.put(path, { positions: {} }, 0)).toBe(1)
    expect(await configApi.put(path, { positions: { le1: '1' } }, 1)).toBe(2)
    await expect(configApi.purge(path)).rejects.toMatchObject(forbidden)
    for (const role of ['forwarder', 'prober', 'gc'] as const) {
      await expect(storeOf(role).get(path)).rejects.toMatchObject(forbidden)
    }
  })

  it('let gc find all accounts that have something of a kind that it purges, and no other role', async () => {
    for (const kind of ['accounts', ...collected] as const) {
      await root.put(freshPath(kind), {}, 0)
      expect(await storeOf('gc').list(kindFolder(kind))).not.toEqual([])
      for (const role of ['forwarder', 'config-api', 'prober'] as const) {
        await expect(storeOf(role).list(kindFolder(kind))).rejects.toMatchObject({ reason: 'forbidden' })
      }
    }
  })
})
