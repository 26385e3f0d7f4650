import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { existsSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { localPath, readLocal, writeLocal } from './local.ts'

const { VAULT_ADDR: address = 'https://vault:8200' } = process.env
const adminCommand = fileURLToPath(new URL('../../../apps/config-api/dist/mtls-admin.js', import.meta.url))
const keysFile = ['vault-keys', 'keys.json']
/** The secret by which config-api and the prober know each other. */
const proberSecretFile = ['prober-secret', 'secret']
/** Where each secret id goes, in the volumes. Role ids are the names: no secrets, so they need not be made up. */
const secretIdFiles: Readonly<Record<string, readonly string[]>> = {
  'config-api': ['config-api', 'secret-id'],
  gc: ['config-api', 'gc-secret-id'],
  prober: ['prober', 'secret-id'],
  forwarder: ['forwarder', 'secret-id'],
}
const attempts = 120
const pauseMs = 500

interface Keys {
  readonly unsealKey: string
  readonly rootToken: string
}

interface Role {
  readonly role: string
  /** The name of its AppRole. */
  readonly name: string
}

/** Leaves an unsealed Vault that the services can log in to; what is done already stays as it is. */
async function setUpLocalVault(): Promise<void> {
  const { unsealKey, rootToken } = (await isInitialised())
    ? JSON.parse(await readLocal(...keysFile))
    : await initialise()
  await call('PUT', 'sys/unseal', { key: unsealKey })
  const secretIds = localPath('vault-keys', 'secret-ids')
  const env = { ...process.env, VAULT_ADDR: address, VAULT_TOKEN: rootToken }
  // The volume holds the root token, too: secret ids that expire would protect nothing, and stop what runs for long.
  const command = [adminCommand, 'vault', 'setup', '--json', '--secret-ids', secretIds, '--secret-id-ttl', '0']
  const { stdout } = await promisify(execFile)(process.execPath, command, { env })
  for (const { role, name } of JSON.parse(stdout).roles as readonly Role[]) {
    const file = secretIdFiles[role]
    if (file === undefined) continue
    await call('PUT', `auth/approle/role/${name}/role-id`, { role_id: role }, rootToken)
    await writeLocal(await readLocal('vault-keys', 'secret-ids', `${role}.secret-id`), file)
  }
  if (!existsSync(localPath(...proberSecretFile))) {
    await writeLocal(randomBytes(32).toString('base64'), proberSecretFile)
  }
  console.log(`Vault at ${address} is unsealed and set up`)
}

/** Waits until Vault answers at all. */
async function isInitialised(): Promise<boolean> {
  for (let attempt = 1; ; attempt++) {
    try {
      return (await call('GET', 'sys/seal-status')).initialized === true
    } catch (error) {
      if (attempt === attempts) throw error
      await setTimeout(pauseMs)
    }
  }
}

/** One key to unseal with: who reads the volume has the root token anyway. */
async function initialise(): Promise<Keys> {
  const { keys, root_token } = await call('PUT', 'sys/init', { secret_shares: 1, secret_threshold: 1 })
  const made: Keys = { unsealKey: keys[0], rootToken: root_token }
  await writeLocal(JSON.stringify(made), keysFile, 0o400)
  return made
}

// biome-ignore lint/suspicious/noExplicitAny: what Vault answers to is known where it is asked
async function call(method: string, path: string, body?: object, token?: string): Promise<any> {
  const response = await fetch(`${address}/v1/${path}`, {
    method,
    ...(body && { body: JSON.stringify(body) }),
    ...(token !== undefined && { headers: { 'X-Vault-Token': token } }),
  })
  if (!response.ok) throw new Error(`Vault answered ${response.status} to ${method} ${path}`)
  return response.status === 204 ? undefined : response.json()
}

await setUpLocalVault()
