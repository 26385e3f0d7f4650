import type Vault from 'hashi-vault-js'
import type { SecretSource, VaultAuth } from './options.ts'
import { checkMount } from './options.ts'
import { fieldsOf, VaultFailure } from './vault-failure.ts'

export interface Lease {
  readonly token: string
  /** 0: it does not expire. */
  readonly ttlSeconds: number
  readonly renewable: boolean
}

/** One way to a token. The credential is read for each login, because what it is read from is rotated. */
export interface Login {
  readonly credential: SecretSource
  login(vault: Vault, credential: string): Promise<Lease>
}

/** @throws CodedError `CONFIGURATION_INVALID` for a mount that is none */
export function loginOf(auth: VaultAuth): Login {
  switch (auth.kind) {
    case 'token':
      return { credential: auth.token, login: lookUp }
    case 'app-role': {
      const mount = `auth/${checkMount(auth.mount ?? 'approle')}`
      const login = async (vault: Vault, secretId: string) =>
        leaseOf(await vault.loginWithAppRole(auth.roleId, secretId, mount))
      return { credential: auth.secretId, login }
    }
    case 'kubernetes': {
      const mount = `auth/${checkMount(auth.mount ?? 'kubernetes')}`
      const login = async (vault: Vault, jwt: string) => leaseOf(await vault.loginWithK8s(auth.role, jwt, mount))
      return { credential: auth.jwt, login }
    }
  }
}

/** The `auth` of an answer: that of a login or of a renewal. */
export function leaseOf(answer: unknown): Lease {
  const { client_token, lease_duration, renewable } = fieldsOf(answer)
  return checkedLease(client_token, lease_duration, renewable)
}

/** A given token needs no login, but tells how long it lives. */
async function lookUp(vault: Vault, token: string): Promise<Lease> {
  const { ttl, renewable = false } = fieldsOf(await vault.lookupSelfToken(token))
  return checkedLease(token, ttl, renewable)
}

function checkedLease(token: unknown, ttlSeconds: unknown, renewable: unknown): Lease {
  if (typeof token !== 'string' || token === '' || typeof ttlSeconds !== 'number' || typeof renewable !== 'boolean') {
    throw new VaultFailure('unknown', 'The answer is not one of Vault to a login.')
  }
  return { token, ttlSeconds, renewable }
}
