import { type Command, InvalidArgumentError, Option, type OptionValues } from '@commander-js/extra-typings'
import { timeOf } from './time-option.ts'

const extendedKeyUsages = ['present', 'absent', 'unrestricted'] as const
const statuses = ['Available', 'Expired', 'PendingSignature', 'UnAvailable'] as const

const plans = [
  ...(['none', 'any', 'waiting', 'failing'] as const),
  ...(['idle', 'requested', 'ordered', 'staged', 'tested', 'promoting'] as const),
] as const

/** No interface: Commander asks for a type with an index signature. */
export type CertificateFilterOptions = {
  readonly clientAuth?: (typeof extendedKeyUsages)[number] | undefined
  readonly expiresIn?: string | undefined
  readonly issuer?: string | undefined
  readonly issuedBefore?: Date | undefined
  readonly keyType?: string | undefined
  readonly plan?: (typeof plans)[number] | undefined
  readonly revoked?: true | undefined
  readonly search?: string | undefined
  readonly status?: (typeof statuses)[number] | undefined
}

/** The options of every command that is about some certificates of an account. */
export function withCertificateFilters<
  Args extends unknown[],
  Options extends OptionValues,
  Globals extends OptionValues,
>(command: Command<Args, Options, Globals>): Command<Args, Options & CertificateFilterOptions, Globals> {
  command
    .addOption(
      new Option(
        '--client-auth <usage>',
        'only certificates whose extended key usage has client authentication, lacks it, or is missing',
      ).choices(extendedKeyUsages),
    )
    .option('--expires-in <month>', 'only certificates that expire in this month, such as 2027-01', monthOf)
    .option('--issuer <dn>', 'only certificates of this issuer; copy it from mtls certificates summary')
    .option('--issued-before <time>', 'only certificates whose version in use came before this time', timeOf)
    .option('--key-type <type>', 'only certificates with such a key: RSA-2048, EC-P256, Ed25519, ...')
    .option('--revoked', 'only certificates that their issuers have revoked')
    .addOption(
      new Option('--plan <state>', 'only certificates with such a renewal plan, with any, or with none').choices(plans),
    )
    .option('--search <text>', 'only certificates with this in their name or subject')
    .addOption(new Option('--status <status>', 'only certificates with this status').choices(statuses))
  // As the methods would say it, in a type that the compiler finds too long.
  return command as Command<Args, Options & CertificateFilterOptions, Globals>
}

/** As the API takes them. */
export function certificateFiltersOf(options: CertificateFilterOptions) {
  const { clientAuth, expiresIn, issuer, issuedBefore, keyType, plan, revoked, search, status } = options
  return {
    ...{ clientAuth, expiresIn, issuer, keyType, plan, search, status },
    issuedBefore: issuedBefore?.toISOString(),
    revoked: revoked ? ('true' as const) : undefined,
  }
}

function monthOf(text: string): string {
  if (/^\d{4}-(0[1-9]|1[0-2])$/.test(text)) return text
  throw new InvalidArgumentError('It is a month such as 2027-01.')
}
