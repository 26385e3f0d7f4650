import { Command, Option } from '@commander-js/extra-typings'
import { planStates } from '@mtls-gateway/domain/words'
import type { AdminContext } from '../admin-context.ts'
import { readDuration } from '../options/duration-option.ts'
import { examples } from '../options/examples.ts'

const plans = ['none', 'any', 'waiting', 'failing', ...planStates] as const

export function inventoryCommand(context: AdminContext) {
  return new Command('inventory')
    .summary('list the certificates of all accounts: by issuer, key type, expiry and plan')
    .description(
      'Lists the certificates in use of all accounts, and counts them by issuer, key type, renewal plan and month of ' +
        'expiry. It changes nothing. At Vault it logs in with VAULT_GC_..., as it lists the accounts.',
    )
    .option('--issuer <dn>', 'only certificates of this issuer, letter by letter as the list prints it')
    .option('--key-type <type>', 'only certificates with such a key: RSA-2048, EC-P256, Ed25519, ...')
    .addOption(
      new Option('--expires-within <time>', 'only certificates that expire by then: ms, s, m, h or d').argParser(
        readDuration,
      ),
    )
    .addOption(
      new Option('--plan <state>', 'only certificates with such a renewal plan, with any, or with none').choices(plans),
    )
    .option('--revoked', 'only certificates that their issuers have revoked')
    .option('--json', 'print the list as JSON')
    .addHelpText(
      'after',
      examples('mtls-admin inventory --expires-within 30d', 'mtls-admin inventory --issuer "CN=Example CA" --json'),
    )
    .action(async ({ issuer, keyType, expiresWithin, plan, revoked, json }) => {
      const { showInventory } = await import('../work/fleet/show-inventory.ts')
      await showInventory(context, {
        ...{ issuer, keyType, expiresWithinMs: expiresWithin, plan },
        revoked: revoked === true,
        json: json === true,
      })
    })
}
