import { CodedError } from '@mtls-gateway/domain'
import { isStoreError } from '../../port/secret-store.ts'
import { checkMount } from '../options.ts'
import { fieldsOf, isVaultFailure } from '../vault-failure.ts'
import { tokenLifetime } from './app-roles.ts'
import type { VaultAdmin } from './vault-admin.ts'
import type { VaultRole } from './vault-roles.ts'

/** The service accounts of infra/kubernetes. The prober has its own, so that nobody else reads keys for config-api. */
const serviceAccounts: Readonly<Record<VaultRole, string>> = {
  forwarder: 'forwarder-api',
  'config-api': 'config-api',
  gc: 'config-api',
  prober: 'prober',
}

export interface KubernetesRoles {
  /** The namespace of the service accounts. */
  readonly namespace: string
  /** Where the login is mounted below `auth/`; `kubernetes` by default. */
  readonly authMount?: string | undefined
  /** The audience that service accounts' tokens must have; `vault` by default. */
  readonly audience?: string | undefined
}

/**
 * Writes the role `name`, with the policy of that name, for that service account of infra/kubernetes alone.
 * @throws CodedError `CONFIGURATION_INVALID`: there is no Kubernetes login, which only someone who knows the cluster
 *   can configure, or the role is for another namespace, whose gateway would be locked out
 */
export async function writeKubernetesRole(
  admin: VaultAdmin,
  { namespace, authMount = 'kubernetes', audience = 'vault' }: KubernetesRoles,
  role: VaultRole,
  name: string,
): Promise<void> {
  const mounted = fieldsOf((await admin.ask('get', 'sys/auth'))[`${checkMount(authMount)}/`])
  if (mounted.type !== 'kubernetes') {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `At auth/${authMount} there is no Kubernetes login. Enable and configure it: vault auth enable -path=${authMount} kubernetes.`,
    )
  }
  const path = `auth/${authMount}/role/${name}`
  const others = (await namespacesOf(admin, path)).filter((each) => each !== namespace)
  if (others.length > 0) {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `${path} is for the namespace ${others.join(', ')}. Each gateway needs a mount of its own (--mount), and each cluster a login of its own (--kubernetes-mount). If no gateway is there any more, remove the role first: vault delete ${path}.`,
    )
  }
  await admin.ask('post', path, {
    ...tokenLifetime,
    token_policies: [name],
    bound_service_account_names: [serviceAccounts[role]],
    bound_service_account_namespaces: [namespace],
    audience,
  })
}

/** Those whose service accounts may log in by the role now; none if there is no such role. */
async function namespacesOf(admin: VaultAdmin, path: string): Promise<readonly unknown[]> {
  try {
    const { bound_service_account_namespaces: namespaces } = await admin.ask('get', path)
    return Array.isArray(namespaces) ? namespaces : []
  } catch (error) {
    if (isStoreError(error) && isVaultFailure(error.cause, 'missing')) return []
    throw error
  }
}
