import { describe, expect, it } from '@jest/globals'
import { readConfiguration } from '../src/configuration.ts'
import { storeAccessOf } from '../src/prober/store-access.ts'

const onVault = {
  SECRET_STORE: 'vault',
  VAULT_ADDR: 'https://vault.example:8200',
  VAULT_TOKEN: 'root',
  SINGLE_INSTANCE: 'true',
  TOKEN_ISSUER: 'https://login.example',
  TOKEN_AUDIENCE: 'mtls-gateway',
  TOKEN_JWKS_URL: 'https://login.example/jwks',
}
/** Any file that can be read. */
const secretIdFile = import.meta.filename

const accessWith = (environment: Record<string, string>) => storeAccessOf(readConfiguration(environment))

describe('how a prober gets at keys', () => {
  it('is as config-api does on the embedded store', () => {
    expect(accessWith({ DATA_DIR: '/var/lib/gateway' })).toEqual({
      kind: 'embedded',
      directory: '/var/lib/gateway',
      masterKey: undefined,
    })
  })

  it('is by a role of its own on Vault, told by where its credential is', () => {
    expect(accessWith(onVault)).toBeUndefined()
    const byAppRole = { VAULT_PROBER_ROLE_ID: 'prober', VAULT_PROBER_SECRET_ID_FILE: secretIdFile }
    expect(accessWith({ ...onVault, ...byAppRole })).toMatchObject({
      kind: 'vault',
      address: 'https://vault.example:8200',
      mount: 'mtls-gateway',
      login: { kind: 'app-role', roleId: 'prober', secretIdFile },
    })
    expect(accessWith({ ...onVault, VAULT_PROBER_KUBERNETES_ROLE: 'prober' })).toMatchObject({
      login: { kind: 'kubernetes', role: 'prober', jwtFile: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
    })
  })

  it.each([
    [{ VAULT_PROBER_ROLE_ID: 'prober' }, 'VAULT_PROBER_SECRET_ID_FILE is required together with VAULT_PROBER_ROLE_ID'],
    [
      { VAULT_PROBER_ROLE_ID: 'prober', VAULT_PROBER_SECRET_ID_FILE: secretIdFile, VAULT_PROBER_KUBERNETES_ROLE: 'p' },
      'VAULT_PROBER_ROLE_ID is given beside VAULT_PROBER_KUBERNETES_ROLE',
    ],
  ])('is one way to log in, whole: %j', (settings, fault) => {
    expect(() => readConfiguration({ ...onVault, ...settings })).toThrow(
      expect.objectContaining({ code: 'CONFIGURATION_INVALID', message: expect.stringContaining(fault) }),
    )
  })
})
