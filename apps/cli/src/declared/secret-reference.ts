import { resolve } from 'node:path'
import { reasonOf } from '../cli-failure.ts'
import { fetchAsMtls } from '../fetch-as-mtls.ts'
import type { InputContext } from '../input/inputs.ts'

const answerLimitMs = 10_000

/** Why there is no secret, as a sentence that has nothing of it. */
export class SecretFault extends Error {
  override readonly name = 'SecretFault'
}

const kinds = '{ env: NAME }, { file: PATH } or { vault: PATH#FIELD }'

/**
 * The secret that a document refers to: an environment variable, a file, or a field of a record in Vault's or OpenBao's
 * KV engine, which the machine of the user reads.
 * @param folder what a file's path is relative to. @throws SecretFault, CliFailure
 */
export async function readSecretReference(
  value: unknown,
  { environment, inputs }: InputContext,
  folder: string,
): Promise<string> {
  const entries = typeof value === 'object' && value !== null ? Object.entries(value) : []
  const [kind, name] = entries[0] ?? []
  if (entries.length !== 1 || typeof name !== 'string') {
    throw new SecretFault(`A secret cannot be in a document. Refer to it: ${kinds}.`)
  }
  if (kind === 'env') {
    const given = environment[name]
    if (given) return given
    throw new SecretFault(`The environment variable ${name} is not set.`)
  }
  if (kind === 'file') return inputs.secretFile(resolve(folder, name))
  if (kind === 'vault') return readVault(name, environment)
  throw new SecretFault(`A secret is referred to by ${kinds}.`)
}

async function readVault(
  reference: string,
  { VAULT_ADDR: address, VAULT_TOKEN: token, VAULT_NAMESPACE: namespace }: NodeJS.ProcessEnv,
): Promise<string> {
  const [, path = '', field = ''] = /^([^#]+)#([^#]+)$/.exec(reference) ?? []
  const segments = path.split('/')
  if (field === '' || segments.some((segment) => ['', '.', '..'].includes(segment))) {
    throw new SecretFault('A record of Vault is PATH#FIELD, such as kv/data/bank#secret.')
  }
  if (!address || !token) throw new SecretFault('VAULT_ADDR and VAULT_TOKEN have to be set, to read it in Vault.')
  const url = `${address.replace(/(?<!\/)\/+$/, '')}/v1/${segments.map(encodeURIComponent).join('/')}`
  const headers = { 'x-vault-token': token, ...(namespace && { 'x-vault-namespace': namespace }) }
  const response = await fetchAsMtls(url, { headers, signal: AbortSignal.timeout(answerLimitMs) }).catch(
    (error: unknown) => {
      throw new SecretFault(`Vault does not answer at ${address} (${reasonOf(error)}).`)
    },
  )
  if (!response.ok) {
    await response.body?.cancel()
    throw new SecretFault(
      `Vault answers ${response.status} for ${path}: check the path, and the policies of the token.`,
    )
  }
  const { data } = Object(await response.json().catch(() => undefined))
  // Version 2 of the KV engine has its metadata around it.
  const found = Object(Object(data).data ?? data)[field]
  if (typeof found === 'string' && found !== '') return found
  throw new SecretFault(`${path} in Vault has no ${field}.`)
}
