import { CodedError } from '@mtls-gateway/domain'
import { checkMount } from '../options.ts'
import { fieldsOf } from '../vault-failure.ts'
import { tokenLifetime } from './app-roles.ts'
import type { VaultAdmin } from './vault-admin.ts'
import type { VaultRole } from './vault-roles.ts'

const defaultAuthMount = 'kubernetes'

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
 * Whether the roles of these names may be written, before anything is.
 * @throws CodedError `CONFIGURATION_INVALID`: there is no Kubernetes login, which only someone who knows the cluster
 *   can configure, or a role is for another namespace, whose gateway would be locked out
 */
export async function checkKubernetesRoles(
  admin: VaultAdmin,
  { namespace, authMount = defaultAuthMount }: KubernetesRoles,
  names: readonly string[],
): Promise<void> {
  const mounted = fieldsOf((await admin.ask('get', 'sys/auth'))[`${checkMount(authMount)}/`])
  if (mounted.type !== 'kubernetes') {
    throw new CodedError(
      'CONFIGURATION_INVALID',
      `At auth/${authMount} there is no Kubernetes login. Enable and configure it: vault auth enable -path=${authMount} kubernetes.`,
    )
  }
  for (const name of names) {
    const path = `auth/${authMount}/role/${name}`
    const namespaces = (await admin.find(path))?.bound_service_account_namespaces
    const others = Array.isArray(namespaces) ? namespaces.filter((each) => each !== namespace) : []
    if (others.length > 0) {
      throw new CodedError(
        'CONFIGURATION_INVALID',
        `${path} is for the namespace ${others.join(', ')}. Each gateway needs a mount of its own (--mount), and each cluster a login of its own (--kubernetes-mount). If no gateway is there any more, remove the role first: vault delete ${path}.`,
      )
    }
  }
}

/** Writes the role `name`, with the policy of that name, for that service account of infra/kubernetes alone. */
export async function writeKubernetesRole(
  admin: VaultAdmin,
  { namespace, authMount = defaultAuthMount, audience = 'vault' }: KubernetesRoles,
  role: VaultRole,
  name: string,
): Promise<void> {
  await admin.ask('post', `auth/${authMount}/role/${name}`, {
    ...tokenLifetime,
    token_policies: [name],
    bound_service_account_names: [serviceAccounts[role]],
    bound_service_account_namespaces: [namespace],
    audience,
  })
}
