import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from '@jest/globals'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import {
  accountPath,
  isStoreError,
  kindFolder,
  type RecordKind,
  recordFolder,
  recordKinds,
  recordPath,
  type SecretStore,
} from '../src/index.ts'
import { type VaultRole, vaultRoles } from '../src/vault/setup/index.ts'
import { describeVault, openTestVault, type TestVault } from './vault-access.ts'
import { setUpRoles, type VaultRoles } from './vault-roles.ts'

type Kind = RecordKind | 'accounts'

/** Each of them on a secret of its own that is there, except `create`. */
const operations = ['get', 'exists', 'create', 'change', 'purge', 'list'] as const
type Operation = (typeof operations)[number]

const kinds: readonly Kind[] = ['accounts', ...recordKinds]
const collected: readonly Kind[] = ['keys', 'chains', 'app-keys', 'webhook-secrets']

/** All that each role may do: what is not here must be refused. */
const allowed: Readonly<Record<VaultRole, Readonly<Record<Operation, readonly Kind[]>>>> = {
  forwarder: {
    get: ['accounts', 'keys', 'chains', 'app-keys'],
    exists: [],
    create: [],
    change: [],
    purge: [],
    list: [],
  },
  'config-api': {
    get: ['accounts', 'chains', 'app-keys', 'webhook-secrets', 'audit'],
    exists: [...collected, 'audit'],
    create: kinds,
    change: ['accounts'],
    purge: collected,
    list: ['keys'],
  },
  prober: { get: ['keys'], exists: [], create: [], change: [], purge: [], list: [] },
  gc: {
    get: ['accounts'],
    exists: collected,
    create: [],
    change: [],
    purge: collected,
    list: ['accounts', ...collected],
  },
}

const account = parseAccountId(`t-${randomUUID()}`)

function freshPath(kind: Kind) {
  if (kind === 'accounts') return accountPath(parseAccountId(`t-${randomUUID()}`))
  return recordPath(kind, account, parseRecordId(randomUUID()))
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

  it('let gc find all accounts that have something of a kind that it purges, and no other role', async () => {
    for (const kind of ['accounts', ...collected] as const) {
      await root.put(freshPath(kind), {}, 0)
      expect(await storeOf('gc').list(kindFolder(kind))).not.toEqual([])
      for (const role of ['forwarder', 'config-api', 'prober'] as const) {
        await expect(storeOf(role).list(kindFolder(kind))).rejects.toMatchObject({ reason: 'forbidden' })
      }
    }
  })

  it('let config-api create a record once: the second write is a conflict, and does not change it', async () => {
    for (const kind of recordKinds) {
      const path = freshPath(kind)
      await storeOf('config-api').put(path, { n: 1 }, 0)

      await expect(storeOf('config-api').put(path, { n: 2 }, 0)).rejects.toMatchObject({ reason: 'conflict' })

      expect(await root.get(path)).toEqual({ value: { n: 1 }, version: 1 })
    }
  })

  it.each(vaultRoles)(
    'let %s neither get round the versions nor change the engine, nor give itself more',
    async (role) => {
      const token = await roles.tokenOf(role)
      const { name } = await roles.credentialOf(role)
      const { mount } = roles
      for (const kind of kinds) await root.put(freshPath(kind), {}, 0)
      const key = `${mount}/data/${freshPath('keys')}`
      const document = freshPath('accounts')
      await root.put(document, {}, 0)
      const attempts: [string, string, object?][] = [
        ['DELETE', `${mount}/data/${document}`],
        ['DELETE', `${mount}/metadata/${document}`],
        ['POST', `${mount}/metadata/${document}`, { max_versions: 1 }],
        ['POST', `${mount}/delete/${document}`, { versions: [1] }],
        ['POST', `${mount}/undelete/${document}`, { versions: [1] }],
        ['PUT', `${mount}/destroy/${document}`, { versions: [1] }],
        ['DELETE', key],
        ['POST', `${mount}/config`, { cas_required: false }],
        ['GET', 'sys/mounts'],
        ['GET', 'sys/policies/acl'],
        ['POST', `sys/policies/acl/${name}`, { policy: 'path "*" { capabilities = ["sudo"] }' }],
        ['POST', `auth/approle/role/${name}/secret-id`],
        ['POST', 'auth/token/create', { policies: [name] }],
        ['GET', 'cubbyhole/text'],
      ]

      const statuses = await Promise.all(
        attempts.map(async ([method, path, body]) => [path, (await vault.api(method, path, body, token)).status]),
      )

      expect(statuses).toEqual(attempts.map(([, path]) => [path, 403]))
      expect(await root.get(document)).toEqual({ value: {}, version: 1 })
    },
  )

  it('let even config-api write nothing without compare-and-set: the engine asks for it', async () => {
    const path = `${roles.mount}/data/${freshPath('accounts')}`
    const answer = await vault.api('POST', path, { data: { text: 'x' } }, await roles.tokenOf('config-api'))

    expect(answer).toMatchObject({ status: 400, body: { errors: ['check-and-set parameter required for this call'] } })
  })
})
