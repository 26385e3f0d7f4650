/**
 * Makes a Vault (or OpenBao) ready for the gateway: KV version 2 engine, policies (the *.hcl files beside this one),
 * AppRoles. Safe to run again. See `--help`.
 */
import { chmodSync, existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { setUpVault, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'

const usage = `npm run vault:setup -- [options]

  --mount NAME        where the KV version 2 engine is, or is mounted (mtls-gateway)
  --auth-mount NAME   where AppRole is, or is mounted, below auth/ (approle)
  --secret-ids DIR    writes a secret id for each role to DIR/ROLE.secret-id (mode 0600); one in the first half of its
                      time is kept, so run this again before the half is over, by a timer say
  --secret-id-ttl T   how long a new secret id is taken: 30d, 12h, 90m, 45s; 0 for ever (30d; Vault's max_lease_ttl, 32d,
                      limits it)
  --bound-cidrs LIST  from where secret ids and tokens are taken, such as 10.1.0.0/16,10.2.0.7; ROLE=LIST for one role
                      alone. Can be given several times. Without it roles keep what they have (at first: anywhere).
  --kubernetes NS     writes a Kubernetes role for each, too, for the service accounts of infra/kubernetes in the namespace NS
                      and tokens for the audience vault; the login itself must be enabled and configured at auth/kubernetes
  --json              prints what to configure as JSON
  --help

At the end it writes, as config-api, as much as the gateway ever does, and reads it as forwarder.

Environment: VAULT_ADDR and VAULT_TOKEN (of an operator), VAULT_NAMESPACE, VAULT_CA_FILE (PEM).`

/** What config-api logs in as, too, so that it collects garbage daily. */
const logins = { gc: 'VAULT_GC' }
/** Of the others, which have a process each. */
const notes = { prober: 'for its own process alone: nothing else may read its secret id' }

const { values: given } = parseArgs({
  options: {
    mount: { type: 'string' },
    'auth-mount': { type: 'string' },
    'secret-ids': { type: 'string' },
    'secret-id-ttl': { type: 'string' },
    'bound-cidrs': { type: 'string', multiple: true },
    kubernetes: { type: 'string' },
    json: { type: 'boolean' },
    help: { type: 'boolean' },
  },
})

if (given.help) console.log(usage)
else await run().catch(fail)

async function run() {
  const { VAULT_ADDR, VAULT_TOKEN, VAULT_NAMESPACE, VAULT_CA_FILE } = process.env
  if (!VAULT_ADDR || !VAULT_TOKEN)
    throw new Error('VAULT_ADDR and VAULT_TOKEN are required, like https://vault.example:8200.')
  const setup = await setUpVault({
    address: VAULT_ADDR,
    token: VAULT_TOKEN,
    namespace: VAULT_NAMESPACE || undefined,
    caCertificates: VAULT_CA_FILE ? readFileSync(VAULT_CA_FILE, 'utf8') : undefined,
    policies: Object.fromEntries(vaultRoles.map((role) => [role, readPolicy(role)])),
    mount: given.mount,
    authMount: given['auth-mount'],
    secretIdTtlSeconds: seconds(given['secret-id-ttl']),
    boundCidrs: boundCidrs(given['bound-cidrs'] ?? []),
    kubernetes: given.kubernetes === undefined ? undefined : { namespace: given.kubernetes },
  })
  try {
    const rows = []
    for (const role of setup.roles) rows.push({ ...role, ...(await writeSecretId(setup, role)) })
    print(VAULT_ADDR, setup.mount, rows)
    await tryOut(setup)
  } finally {
    setup.close()
  }
}

/** @throws Error */
function seconds(text) {
  if (text === undefined) return undefined
  const [, count, unit] = /^(\d{1,9})([smhd])$/.exec(text === '0' ? '0s' : text) ?? []
  if (count === undefined) throw new Error('--secret-id-ttl is like 30d, 12h, 90m, 45s or 0.')
  return count * { s: 1, m: 60, h: 3_600, d: 86_400 }[unit]
}

/** By role. @throws Error */
function boundCidrs(texts) {
  const all = {}
  for (const text of texts) {
    const [, role, list] = /^(?:([a-z-]+)=)?([\d.:/a-f,]+)$/i.exec(text) ?? []
    if (list === undefined || (role !== undefined && !vaultRoles.includes(role))) {
      throw new Error(
        `--bound-cidrs is like 10.1.0.0/16,10.2.0.7 or ROLE=10.1.0.0/16; roles: ${vaultRoles.join(', ')}.`,
      )
    }
    for (const each of role === undefined ? vaultRoles : [role]) all[each] = list.split(',')
  }
  return all
}

/** Where the roles are bound to addresses, this may not be one of them: that is no fault of the server. */
async function tryOut(setup) {
  try {
    await setup.tryOut()
  } catch (error) {
    if (!/CIDR/i.test(error.message)) throw error
    console.error('vault:setup: not tried out: the roles are not taken from this address.')
  }
}

function readPolicy(role) {
  return readFileSync(join(import.meta.dirname, `${role}.hcl`), 'utf8')
}

async function writeSecretId(setup, { role }) {
  const directory = given['secret-ids']
  if (directory === undefined) return {}
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const secretIdFile = join(directory, `${role}.secret-id`)
  const present = existsSync(secretIdFile) ? readFileSync(secretIdFile, 'utf8').trim() : undefined
  const { secretId, expiresAt } = await setup.secretId(role, present)
  const written = { secretIdFile, ...(expiresAt && { secretIdExpires: new Date(expiresAt).toISOString() }) }
  if (secretId === present) return written
  // Whole or not at all, for a service that reads it right now; a mode is only given to a file that is made.
  const unfinished = `${secretIdFile}.${process.pid}`
  writeFileSync(unfinished, secretId, { mode: 0o600 })
  chmodSync(unfinished, 0o600)
  renameSync(unfinished, secretIdFile)
  return written
}

function print(address, mount, rows) {
  if (given.json) {
    console.log(JSON.stringify({ address, mount, roles: rows }, null, 2))
    return
  }
  console.log(`Vault at ${address} is ready. For each role:\n`)
  for (const { role, name, roleId, secretIdPath, secretIdFile, secretIdExpires } of rows) {
    const login = logins[role] ?? 'VAULT'
    const settings = [
      ['VAULT_ADDR', address],
      ['VAULT_MOUNT', mount],
      [`${login}_ROLE_ID`, roleId],
      [`${login}_SECRET_ID_FILE`, secretIdFile ?? `a file with the secret_id of: vault write -f ${secretIdPath}`],
      ...(given.kubernetes === undefined ? [] : [[`${login}_KUBERNETES_ROLE`, name]]),
      ['policy', name],
      ...(secretIdExpires ? [['secret id expires', secretIdExpires]] : []),
    ]
    const lines = settings.map(([setting, value]) => `  ${setting.padEnd(27)}  ${value}\n`)
    const note = role in logins ? 'with config-api, beside its own login' : notes[role]
    console.log(`${note === undefined ? role : `${role} (${note})`}\n${lines.join('')}`)
  }
}

/** One sentence: a stack would tell an operator nothing. */
function fail(error) {
  console.error(`vault:setup: ${error.message}`)
  process.exitCode = 1
}
