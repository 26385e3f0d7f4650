import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { TargetTlsRequest } from '@mtls-gateway/contract'
import { type TlsVersion, tlsVersions } from '@mtls-gateway/contract/choices'

/** No interface: Commander asks for a type with an index signature. */
export type TargetTlsOptions = {
  readonly tlsMin?: TlsVersion | undefined
  readonly tlsMax?: TlsVersion | undefined
  readonly tlsLegacyRenegotiation?: true | undefined
  readonly tlsCiphers?: readonly string[] | undefined
  readonly tlsGroups?: readonly string[] | undefined
}

/** The options of every command that says what is offered to a target in the handshake (docs/target-credentials.md). */
export function withTargetTls<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
): Command<Args, Options & TargetTlsOptions, Globals> {
  command
    .addOption(new Option('--tls-min <version>', 'lowest version of TLS to offer to the target').choices(tlsVersions))
    .addOption(new Option('--tls-max <version>', 'highest version of TLS to offer to the target').choices(tlsVersions))
    .option('--tls-legacy-renegotiation', 'call a target that lacks secure renegotiation (RFC 5746)')
    .option('--tls-ciphers <names>', 'the only ciphers to offer, by OpenSSL’s names, separated by commas', namesIn)
    .option('--tls-groups <names>', 'the only groups to offer for the key exchange, separated by commas', namesIn)
  // As the methods would say it, in a type that the compiler finds too long.
  return command as Command<Args, Options & TargetTlsOptions, Globals>
}

/** The names of the options, as commander has them. */
export const targetTlsOptionNames = ['tlsMin', 'tlsMax', 'tlsLegacyRenegotiation', 'tlsCiphers', 'tlsGroups']

/** Undefined where no option says anything. */
export function readTargetTls(options: TargetTlsOptions): TargetTlsRequest | undefined {
  const { tlsMin, tlsMax, tlsLegacyRenegotiation, tlsCiphers, tlsGroups } = options
  const targetTls = {
    ...(tlsMin && { minVersion: tlsMin }),
    ...(tlsMax && { maxVersion: tlsMax }),
    ...(tlsLegacyRenegotiation && { legacyRenegotiation: true }),
    ...(tlsCiphers && { ciphers: [...tlsCiphers] }),
    ...(tlsGroups && { groups: [...tlsGroups] }),
  }
  return Object.keys(targetTls).length === 0 ? undefined : targetTls
}

export function namesIn(text: string): readonly string[] {
  return text.split(',').map((name) => name.trim())
}
