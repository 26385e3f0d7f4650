import { randomUUID } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAccountId, parseRecordId } from '@mtls-gateway/domain'
import {
  accountPath,
  appKeyMacsPath,
  auditPositionsPath,
  isStoreError,
  kindFolder,
  openSecretStore,
  type RecordKind,
  recordFolder,
  recordPath,
  type SecretPath,
  type SecretStore,
  type SecretStoreConfig,
  storeEpochPath,
  type VaultLogin,
} from '@mtls-gateway/secret-store'
import { inspectVault, isVaultFailure, type VaultRole, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import { type CommonConfiguration, storeConfig } from '@mtls-gateway/service-kit'
import { type Check, type DoctorFacts, type Finding, fail, ok, reasonOf, unknown, warn } from '../../finding.ts'
import { readPolicies } from '../read-policies.ts'
import { clockFinding } from './clock.ts'
import { ask, jsonObjectIn } from './http-ask.ts'

const usualVersions = 10

/** Reads what the service reads, with its key and head: as its start does. */
export async function embeddedStore({ configuration }: DoctorFacts<CommonConfiguration>): Promise<readonly Finding[]> {
  const { secretStore, dataDir } = configuration
  if (secretStore !== 'embedded') return []
  const check = 'embedded store'
  if (!existsSync(join(dataDir, 'secrets.db'))) {
    return [warn(check, `there is none in ${dataDir}`, 'Set DATA_DIR, or start a service: it makes the store.')]
  }
  try {
    const store = openSecretStore(storeConfig(configuration))
    try {
      await store.check()
      return [ok(check, 'key, format and content are sound')]
    } finally {
      await store.close()
    }
  } catch (error) {
    return [fail(check, reasonOf(error), 'See "Backups of the embedded store" in docs/operations.md.')]
  }
}

type VaultServer = Pick<CommonConfiguration, 'secretStore' | 'vaultAddr' | 'vaultCaFile'>

/** What anybody may ask. */
export async function vaultHealth({ configuration }: DoctorFacts<VaultServer>): Promise<readonly Finding[]> {
  const { secretStore, vaultAddr, vaultCaFile } = configuration
  if (secretStore !== 'vault' || vaultAddr === undefined) return []
  const check = 'Vault'
  try {
    const ca = vaultCaFile === undefined ? undefined : readFileSync(vaultCaFile, 'utf8')
    const url = new URL('/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200', vaultAddr).href
    const answer = await ask(url, { ca })
    const { status, clockAheadMs } = answer
    const fix = 'Check VAULT_ADDR, and what stands before Vault.'
    if (status !== 200) return [fail(check, `it answered ${status}`, fix)]
    const { version, sealed, initialized } = jsonObjectIn(answer) ?? {}
    if (typeof version !== 'string') return [fail(check, 'the answer is not one of Vault', fix)]
    const clock = clockAheadMs === undefined ? [] : [clockFinding('Vault', clockAheadMs)]
    if (initialized === false) return [fail(check, 'not initialised', 'Initialise it: vault operator init.'), ...clock]
    if (sealed === true) return [fail(check, 'sealed', 'Unseal it: vault operator unseal.'), ...clock]
    return [ok(check, `version ${version}, unsealed`), ...clock]
  } catch (error) {
    return [fail(check, `not reached: ${reasonOf(error)}`, 'Check VAULT_ADDR, VAULT_CA_FILE and the network.')]
  }
}

/** A login at Vault, and what it has to allow. */
export interface VaultAccess<Configuration> {
  /** What the report calls it. */
  readonly check: string
  readonly role: VaultRole
  /** Undefined: there is none. */
  readonly storeOf: (configuration: Configuration) => SecretStoreConfig | undefined
  /** The variable of the file with its secret id. */
  readonly secretIdVariable: string
}

type Mount = Pick<CommonConfiguration, 'vaultMount' | 'vaultAppRoleMount'>

/** Logs in as the service does, and tries what it does there. Nothing is written: see `create`. */
export function vaultAccess<Configuration extends Mount>(access: VaultAccess<Configuration>): Check<Configuration> {
  const { check, role, storeOf } = access
  return async ({ configuration }) => {
    const config = storeOf(configuration)
    if (config?.kind !== 'vault') return []
    const store = openSecretStore(config)
    try {
      await store.check()
      const refused = await refusedBy(store, role)
      if (refused.length === 0) return [ok(check, `accepted, and may do what ${role} does`)]
      return [fail(check, `it may not ${refused.join(', ')}`, 'Run mtls-admin vault setup, which writes its policy.')]
    } catch (error) {
      return [fail(check, reasonOf(error), fixOf(error, config.login.kind, access, configuration))]
    } finally {
      await store.close()
    }
  }
}

function fixOf(
  error: unknown,
  login: VaultLogin['kind'],
  { role, secretIdVariable }: Pick<VaultAccess<Mount>, 'role' | 'secretIdVariable'>,
  { vaultMount, vaultAppRoleMount }: Mount,
): string {
  const cause = error instanceof Error ? error.cause : undefined
  if (isVaultFailure(cause, 'not-done', 'unknown')) return 'Check VAULT_ADDR, VAULT_CA_FILE and whether Vault runs.'
  if (login !== 'app-role') return `Check the login. mtls-admin vault setup writes the policy of ${role}.`
  // Vault says so of a secret id, OpenBao of a token, too.
  if (/CIDR/i.test(reasonOf(error))) {
    return `Bind the role to the addresses from which Vault sees the service: mtls-admin vault setup --bound-cidrs ${role}=LIST`
  }
  const path = `auth/${vaultAppRoleMount}/role/${vaultMount.replaceAll('/', '-')}-${role}/secret-id`
  return `Check the role id, and write a new secret id into the file of ${secretIdVariable}: vault write -f -field=secret_id ${path}`
}

/** The service's own login. */
export function vaultLogin(role: VaultRole): Check<CommonConfiguration> {
  const secretIdVariable = 'VAULT_SECRET_ID_FILE'
  return vaultAccess({ check: 'login at Vault', role, storeOf: storeConfig, secretIdVariable })
}

/** No tenant's. */
const nobody = parseAccountId('mtls-admin-doctor')
/** None that is written. */
const noPart = 999

/** What is tried in the name of a role, by what it is called in the report. */
type Trials = Readonly<Record<string, (store: SecretStore) => Promise<unknown>>>

const readAccounts: Trials = { 'read accounts': (store) => store.get(accountPath(nobody)) }
const deployment: Trials = {
  'read the keys of app keys': (store) => store.get(appKeyMacsPath),
  'read the epoch of the store': (store) => store.get(storeEpochPath),
}
const purged = ['keys', 'chains', 'app-keys', 'webhook-secrets', 'target-secrets', 'approvals'] as const
const written = [...purged, 'audit', 'issuer-keys', 'issuer-cas'] as const

/** As infra/vault allows it to each; what changes a secret that there is, or purges one, cannot be tried. */
const trials: Readonly<Record<VaultRole, Trials>> = {
  forwarder: { ...readAccounts, ...deployment, ...reads('keys', 'chains', 'app-keys', 'target-secrets') },
  'config-api': {
    ...readAccounts,
    ...deployment,
    'create accounts': (store) => create(store, accountPath(nobody)),
    'read positions of the audit': (store) => store.get(auditPositionsPath('webhook', noPart)),
    'create positions of the audit': (store) => create(store, auditPositionsPath('webhook', noPart)),
    ...eachOf(written, 'create', (store, path) => create(store, path)),
    ...reads('chains', 'app-keys', 'webhook-secrets', 'audit', 'issuer-cas', 'approvals'),
    ...eachOf(written, 'look for', (store, path) => store.exists(path)),
    'list the keys of an account': (store) => store.list(recordFolder('keys', nobody)),
  },
  prober: reads('keys', 'issuer-keys', 'target-secrets'),
  gc: {
    ...readAccounts,
    'list accounts': (store) => store.list(kindFolder('accounts')),
    ...eachOf(purged, 'list', (store, _, kind) => store.list(kindFolder(kind))),
    ...eachOf(purged, 'see the age of', (store, path) => store.writtenAt(path)),
  },
}

function reads(...kinds: readonly RecordKind[]): Trials {
  return eachOf(kinds, 'read', (store, path) => store.get(path))
}

function eachOf(
  kinds: readonly RecordKind[],
  verb: string,
  run: (store: SecretStore, path: SecretPath, kind: RecordKind) => Promise<unknown>,
): Trials {
  const entries = kinds.map((kind) => {
    const path = recordPath(kind, nobody, parseRecordId(randomUUID()))
    return [`${verb} ${kind}`, (store: SecretStore) => run(store, path, kind)] as const
  })
  return Object.fromEntries(entries)
}

/** Says that there is a first version already, where there is none: Vault checks the policy, and then refuses. */
async function create(store: SecretStore, path: SecretPath): Promise<void> {
  await store.put(path, {}, 1).catch((error: unknown) => {
    if (!isStoreError(error, 'conflict')) throw error
  })
}

/** @throws StoreError if it is not about a policy */
async function refusedBy(store: SecretStore, role: VaultRole): Promise<readonly string[]> {
  const outcomes = Object.entries(trials[role]).map(async ([what, run]) => {
    try {
      await run(store)
      return []
    } catch (error) {
      if (!isStoreError(error, 'forbidden')) throw error
      return [what]
    }
  })
  return (await Promise.all(outcomes)).flat()
}

/** What only an operator may read. */
export function vaultSetUp(
  vaultPolicies: string,
): Check<VaultServer & Pick<CommonConfiguration, 'vaultNamespace' | 'vaultMount'>> {
  return (facts) => inspectSetUp(facts, vaultPolicies)
}

async function inspectSetUp(
  { environment, configuration }: DoctorFacts<VaultServer & Pick<CommonConfiguration, 'vaultNamespace' | 'vaultMount'>>,
  vaultPolicies: string,
): Promise<readonly Finding[]> {
  const { secretStore, vaultAddr, vaultNamespace, vaultCaFile, vaultMount } = configuration
  if (secretStore !== 'vault' || vaultAddr === undefined) return []
  const token = environment.VAULT_OPERATOR_TOKEN
  if (!token) {
    const fix = 'Set VAULT_OPERATOR_TOKEN to the token of an operator, to have them checked.'
    return [unknown('set-up of Vault', 'policies, engine and audit devices were not looked at', fix)]
  }
  const again = 'Run mtls-admin vault setup.'
  try {
    const { isKvVersion2, casRequired, maxVersions, policies, auditDevices } = await inspectVault({
      address: vaultAddr,
      token,
      namespace: vaultNamespace,
      caCertificates: vaultCaFile === undefined ? undefined : readFileSync(vaultCaFile, 'utf8'),
      policies: readPolicies(vaultPolicies),
      mount: vaultMount,
    })
    if (!isKvVersion2) return [fail('engine of Vault', `no KV version 2 at ${vaultMount}`, again)]
    const settings = `KV version 2, cas_required=${casRequired}, max_versions=${maxVersions}`
    const isUsual = casRequired && maxVersions === usualVersions
    return [
      isUsual ? ok('engine of Vault', settings) : warn('engine of Vault', settings, again),
      ...vaultRoles.map((role) => {
        const check = `policy of ${role}`
        if (policies[role] === 'same') return ok(check, 'the one of this release')
        return policies[role] === 'missing'
          ? fail(check, 'missing', again)
          : warn(check, 'not the one of this release', again)
      }),
      auditDevices.length > 1
        ? ok('audit devices of Vault', auditDevices.join(', '))
        : warn(
            'audit devices of Vault',
            auditDevices[0] === undefined
              ? 'none'
              : `${auditDevices[0]} alone: while it cannot be written, Vault answers nobody`,
            'Enable two, so that each use of a key is on record: vault audit enable file file_path=FILE, or with OpenBao a block audit in its configuration (docs/production.md).',
          ),
    ]
  } catch (error) {
    return [fail('set-up of Vault', reasonOf(error), 'Check VAULT_OPERATOR_TOKEN.')]
  }
}
