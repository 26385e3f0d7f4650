import { openVaultSession } from '@mtls-gateway/secret-store'
import type { VaultServer } from '@mtls-gateway/test-kit'
import { type IssuerProfile, VaultPkiIssuer } from '../../src/index.ts'

/** A role as docs/issuers.md says that it has to be. */
export const goodRole = {
  client_flag: true,
  server_flag: false,
  key_type: 'any',
  key_usage: ['DigitalSignature'],
  allow_any_name: true,
  allowed_uri_sans: '*',
  max_ttl: '720h',
}

/** Mounts an engine with a root of its own, and the role `client`. */
export async function mountPki(vault: VaultServer, mount: string, { ttl = '87600h', role = {} } = {}): Promise<void> {
  await vault.api('POST', `sys/mounts/${mount}`, { type: 'pki', config: { max_lease_ttl: '87600h' } })
  await vault.api('POST', `${mount}/root/generate/internal`, { common_name: 'PKI Root', ttl, key_type: 'ec' })
  await vault.api('POST', `${mount}/roles/client`, { ...goodRole, ...role })
}

type Profile = Partial<Pick<IssuerProfile, 'keyTypes' | 'lifetimeSeconds'>>

export function openPki(address: string, token: string, mount: string, profile: Profile = {}): VaultPkiIssuer {
  const auth = { kind: 'token', token: async () => token } as const
  const session = openVaultSession({ address, auth, deadlineMs: 10_000 })
  return new VaultPkiIssuer({ session, mount, role: 'client', profile: { keyTypes: ['EC-P256'], ...profile } })
}
