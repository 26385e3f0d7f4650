import { isIP } from 'node:net'
import { Command, InvalidArgumentError } from '@commander-js/extra-typings'
import { type VaultRole, vaultRoles } from '@mtls-gateway/secret-store/vault-setup'
import type { AdminContext } from '../admin-context.ts'
import { examples } from '../options/examples.ts'
import { collect } from '../options/repeatable.ts'

export function vaultCommand(context: AdminContext) {
  const summary = 'set up Vault or OpenBao for the gateway'
  return new Command('vault')
    .description('Sets up Vault or OpenBao for the gateway.')
    .summary(summary)
    .addCommand(setupCommand(context))
}

function setupCommand(context: AdminContext) {
  return new Command('setup')
    .summary('make mounts, policies and roles, try them out, and print the settings to use')
    .description(
      'Makes a Vault (or OpenBao) ready for the gateway: KV version 2 engine, policies, AppRoles. Then it writes, as ' +
        'config-api, as much as the gateway ever does, reads it as forwarder, and prints the settings for each role. ' +
        'Safe to run again: it changes nothing but what differs. It needs VAULT_ADDR and VAULT_TOKEN (of an ' +
        'operator), and reads VAULT_NAMESPACE and VAULT_CA_FILE (PEM).',
    )
    .option('--mount <name>', 'where the KV version 2 engine is, or is mounted', 'mtls-gateway')
    .option('--auth-mount <name>', 'where AppRole is, or is mounted, below auth/', 'approle')
    .option(
      '--secret-ids <folder>',
      'write a secret id for each role to FOLDER/ROLE.secret-id (mode 0600, or owner and mode of the file that it replaces, without rights of others); one in the first half of its time is kept, so run this again before the half is over, by a timer say',
    )
    .option(
      '--secret-id-ttl <time>',
      "how long a new secret id is accepted: 30d, 12h, 90m, 45s; 0 forever (default: 30d; Vault's max_lease_ttl, 32d, limits it)",
      readSeconds,
    )
    .option(
      '--bound-cidrs <list>',
      'from where secret ids and tokens are accepted, such as 10.1.0.0/16,10.2.0.7; ROLE=LIST for one role alone; may be repeated. Without it roles keep what they have (at first: anywhere)',
      collect(readCidrs),
    )
    .option(
      '--kubernetes <namespace>',
      'also write a Kubernetes role for each, for the service accounts of infra/kubernetes in this namespace and tokens for the audience vault; the login itself must be enabled and configured',
    )
    .option('--kubernetes-mount <name>', 'where the login of Kubernetes is, below auth/', 'kubernetes')
    .option('--json', 'print what to configure as JSON')
    .addHelpText('after', examples('VAULT_TOKEN=... mtls-admin vault setup --secret-ids secret-ids'))
    .action(async ({ boundCidrs, json, ...options }) => {
      const { prepareVault } = await import('../work/prepare-vault.ts')
      await prepareVault(context, {
        ...options,
        json: json === true,
        boundCidrs: Object.fromEntries((boundCidrs ?? []).flat()),
      })
    })
}

function readSeconds(text: string): number {
  const [, count, unit = ''] = /^(\d{1,9})([smhd])$/.exec(text === '0' ? '0s' : text) ?? []
  if (count === undefined) throw new InvalidArgumentError('It is like 30d, 12h, 90m, 45s or 0.')
  const factors: Readonly<Record<string, number>> = { s: 1, m: 60, h: 3_600, d: 86_400 }
  return Number(count) * (factors[unit] ?? 1)
}

type BoundCidrs = readonly (readonly [VaultRole, readonly string[]])[]

function readCidrs(text: string): BoundCidrs {
  const [, role, list] = /^(?:([a-z-]+)=)?([\d.:/a-f,]+)$/i.exec(text) ?? []
  const roles = role === undefined ? vaultRoles : vaultRoles.filter((known) => known === role)
  if (list === undefined || roles.length === 0) {
    throw new InvalidArgumentError(
      `It is like 10.1.0.0/16,10.2.0.7 or ROLE=10.1.0.0/16; roles: ${vaultRoles.join(', ')}.`,
    )
  }
  const ranges = list.split(',').map(asRange)
  return roles.map((each) => [each, ranges])
}

/** Vault refuses an address alone. */
function asRange(text: string): string {
  const family = isIP(text)
  return family === 0 ? text : `${text}/${family === 4 ? 32 : 128}`
}
