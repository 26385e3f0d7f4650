import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseAccountId } from '@mtls-gateway/domain'
import { accountPath, openSecretStore } from '@mtls-gateway/secret-store'
import { inspectVault, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import { storeConfig } from '@mtls-gateway/service-kit'
import { readPolicies } from '../read-policies.ts'
import { clockFinding } from './clock.ts'
import { type DoctorFacts, type Finding, fail, ok, reasonOf, unknown, warn } from './finding.ts'
import { ask } from './http-ask.ts'

/** No tenant's. */
const nobody = accountPath(parseAccountId('mtls-admin-doctor'))
const usualVersions = 10

/** Reads what the service reads, with its key and head: as its start does. */
export async function embeddedStore({ configuration }: DoctorFacts): Promise<readonly Finding[]> {
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

/** What anybody may ask. */
export async function vaultHealth({ configuration }: DoctorFacts): Promise<readonly Finding[]> {
  const { secretStore, vaultAddr, vaultCaFile } = configuration
  if (secretStore !== 'vault' || vaultAddr === undefined) return []
  const check = 'Vault'
  try {
    const ca = vaultCaFile === undefined ? undefined : readFileSync(vaultCaFile, 'utf8')
    const url = new URL('/v1/sys/health?standbyok=true&sealedcode=200&uninitcode=200', vaultAddr).href
    const { status, body, clockAheadMs } = await ask(url, { ca })
    if (status !== 200) return [fail(check, `it answered ${status}`, 'Check VAULT_ADDR, and what stands before Vault.')]
    const { version, sealed, initialized } = JSON.parse(body)
    const clock = clockAheadMs === undefined ? [] : [clockFinding('Vault', clockAheadMs)]
    if (initialized === false) return [fail(check, 'not initialised', 'Initialise it: vault operator init.'), ...clock]
    if (sealed === true) return [fail(check, 'sealed', 'Unseal it: vault operator unseal.'), ...clock]
    return [ok(check, `version ${String(version)}, unsealed`), ...clock]
  } catch (error) {
    return [fail(check, `not reached: ${reasonOf(error)}`, 'Check VAULT_ADDR, VAULT_CA_FILE and the network.')]
  }
}

/** Whether the service's own login is accepted, and may read accounts. */
export async function vaultLogin({ configuration }: DoctorFacts): Promise<readonly Finding[]> {
  if (configuration.secretStore !== 'vault') return []
  const check = 'login at Vault'
  const store = openSecretStore(storeConfig(configuration))
  try {
    await store.check()
    await store.get(nobody)
    return [ok(check, 'accepted, and may read accounts')]
  } catch (error) {
    const fix = 'Check the role and its secret id or service account; mtls-admin vault setup writes policies and roles.'
    return [fail(check, reasonOf(error), fix)]
  } finally {
    await store.close()
  }
}

/** What only an operator may read. */
export async function vaultSetUp({ service, environment, configuration }: DoctorFacts): Promise<readonly Finding[]> {
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
      policies: readPolicies(service.vaultPolicies),
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
      auditDevices.length > 0
        ? ok('audit devices of Vault', auditDevices.join(', '))
        : warn(
            'audit devices of Vault',
            'none',
            'Enable one, so that each use of a key is on record: vault audit enable file file_path=FILE, or with OpenBao a block audit in its configuration (docs/production.md).',
          ),
    ]
  } catch (error) {
    return [fail('set-up of Vault', reasonOf(error), 'Check VAULT_OPERATOR_TOKEN.')]
  }
}
