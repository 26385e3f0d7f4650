import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals'
import { Bulkheads } from '@mtls-gateway/bulkhead'
import { parseAccountId } from '@mtls-gateway/domain'
import { Ranks } from '@mtls-gateway/isolated-jobs'
import { KeyMaterialPool } from '@mtls-gateway/key-material'
import { openEmbeddedStore } from '@mtls-gateway/secret-store'
import { createLog } from '@mtls-gateway/service-kit'
import { configApiSettings, readConfiguration } from '../../src/configuration/configuration.ts'
import { LocalProber } from '../../src/prober/local-prober.ts'
import { openProber } from '../../src/prober/open-prober.ts'
import { RemoteProber } from '../../src/prober/remote-prober.ts'
import { proberSettings, readConfiguration as readProber } from '../../src/prober-service/configuration.ts'
import { proberVaultConfig } from '../../src/prober-service/prober-vault.ts'

const onVault = {
  SECRET_STORE: 'vault',
  VAULT_ADDR: 'https://vault.example:8200',
  VAULT_TOKEN: 'root',
  SINGLE_INSTANCE: 'true',
  TOKEN_ISSUER: 'https://login.example',
  TOKEN_AUDIENCE: 'mtls-gateway',
  TOKEN_JWKS_URL: 'https://login.example/jwks',
}
/** Any readable file. */
const secretIdFile = import.meta.filename

let directory: string
let secretFile: string

beforeAll(() => {
  directory = mkdtempSync(join(tmpdir(), 'prober-settings-'))
  secretFile = join(directory, 'secret')
  writeFileSync(secretFile, 'a secret of more than thirty-two characters\n')
})
afterAll(() => rmSync(directory, { recursive: true }))

function faultOf(read: () => unknown): string {
  try {
    read()
  } catch (error) {
    expect(error).toMatchObject({ code: 'CONFIGURATION_INVALID' })
    return String(error)
  }
  return 'none'
}

describe('who tries certificates out for config-api', () => {
  const proberOf = async (environment: Record<string, string>) => {
    const log = createLog({ service: 'test', level: 'silent' })
    const store = openEmbeddedStore({ directory })
    const common = { bulkheads: new Bulkheads(), ranks: new Ranks() }
    const keyMaterial = new KeyMaterialPool(common)
    const prober = openProber(readConfiguration(environment), { ...common, log, store, keyMaterial, egress: undefined })
    await prober.close()
    await keyMaterial.close()
    await store.close()
    return prober
  }

  it('is itself on the embedded store, and the prober on Vault', async () => {
    expect(await proberOf({ DATA_DIR: directory })).toBeInstanceOf(LocalProber)
    const prober = { PROBER_URL: 'https://prober:8443', PROBER_SECRET_FILE: secretFile }
    expect(await proberOf({ ...onVault, ...prober })).toBeInstanceOf(RemoteProber)
  })

  it('is nobody on Vault without a prober, and says what the operator has to do', async () => {
    const prober = await proberOf(onVault)
    const run = prober.run(parseAccountId('le123'), () => Promise.reject(new Error('there was no place')))
    await expect(run).rejects.toMatchObject({
      code: 'PROBER_NOT_CONFIGURED',
      message: expect.stringMatching(/PROBER_URL/),
    })
  })

  it('is told whole, and only where it is of use', () => {
    const fault = (settings: Record<string, string>) => faultOf(() => readConfiguration({ ...onVault, ...settings }))
    const url = { PROBER_URL: 'https://prober:8443' }
    expect(fault(url)).toContain('PROBER_SECRET_FILE is required together with PROBER_URL')
    expect(fault({ ...url, PROBER_SECRET_FILE: secretFile, SECRET_STORE: 'embedded' })).toContain(
      'PROBER_URL is for SECRET_STORE=vault alone',
    )
    expect(fault({ PROBER_URL: 'http://prober:8443', PROBER_SECRET_FILE: secretFile })).toContain('PROBER_URL must be')
    const short = join(directory, 'short')
    writeFileSync(short, 'too short')
    const tooShort = fault({ ...url, PROBER_SECRET_FILE: short })
    expect(tooShort).toContain('PROBER_SECRET_FILE must name a file with a secret of at least 32 characters')
    expect(tooShort).not.toContain('too short')
  })

  it('has no login that config-api could use: not one setting of it is about a role that reads keys', () => {
    const variables = Object.values(configApiSettings).map(({ variable }) => variable)
    expect(variables.filter((variable) => /PROBER/.test(variable))).toEqual(['PROBER_URL', 'PROBER_SECRET_FILE'])
  })
})

describe('the prober', () => {
  const needed = () => ({ VAULT_ADDR: 'https://vault.example:8200', PROBER_SECRET_FILE: secretFile })
  const vaultWith = (settings: Record<string, string>) => proberVaultConfig(readProber({ ...needed(), ...settings }))

  it('hands to its processes where a credential is, not the credential', () => {
    expect(vaultWith({ VAULT_ROLE_ID: 'prober', VAULT_SECRET_ID_FILE: secretIdFile })).toMatchObject({
      kind: 'vault',
      address: 'https://vault.example:8200',
      mount: 'mtls-gateway',
      login: { kind: 'app-role', roleId: 'prober', secretIdFile, mount: 'approle' },
    })
    const serviceAccount = { kind: 'kubernetes', role: 'prober' }
    expect(vaultWith({ VAULT_KUBERNETES_ROLE: 'prober' }).login).toEqual({
      ...serviceAccount,
      jwtFile: '/var/run/secrets/kubernetes.io/serviceaccount/token',
      mount: 'kubernetes',
    })
    const west = { VAULT_KUBERNETES_ROLE: 'prober', VAULT_KUBERNETES_MOUNT: 'kubernetes-west' }
    expect(vaultWith(west).login).toMatchObject({ ...serviceAccount, mount: 'kubernetes-west' })
    expect(Object.values(proberSettings).map(({ variable }) => variable)).not.toContain('VAULT_TOKEN')
  })

  it.each([
    [{}, 'VAULT_ROLE_ID (or VAULT_KUBERNETES_ROLE instead) is required'],
    [{ VAULT_ROLE_ID: 'prober' }, 'VAULT_SECRET_ID_FILE is required together with VAULT_ROLE_ID'],
    [{ VAULT_SECRET_ID_FILE: secretIdFile }, 'VAULT_ROLE_ID is required together with VAULT_SECRET_ID_FILE'],
    [
      { VAULT_ROLE_ID: 'prober', VAULT_SECRET_ID_FILE: secretIdFile, VAULT_KUBERNETES_ROLE: 'p' },
      'VAULT_ROLE_ID is given beside VAULT_KUBERNETES_ROLE',
    ],
    [{ VAULT_KUBERNETES_ROLE: 'p', BLOCKED_LIMIT: '5ms' }, 'BLOCKED_LIMIT must be 0, or from 1s to 1h'],
    [{ VAULT_KUBERNETES_ROLE: 'p', PROBER_SECRET_FILE: '' }, 'PROBER_SECRET_FILE is required'],
  ])('has one way to log in, and what it needs: %j', (settings, fault) => {
    expect(faultOf(() => readProber({ ...needed(), ...settings }))).toContain(fault)
  })
})
