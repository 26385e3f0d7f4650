import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { TargetTrustRequest } from '@mtls-gateway/contract'
import type { CliContext } from '../cli-context.ts'
import { repeatable } from './repeatable.ts'

export interface TargetTrustOptions {
  readonly targetTrust?: string | undefined
  readonly trust?: string | undefined
  readonly targetPin: readonly string[]
  readonly targetServerName?: string | undefined
}

/** The options of every command that says how a target is trusted (docs/mappings.md). */
export function withTargetTrust<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
) {
  return command
    .option('--target-trust <file>', 'PEM file of the CAs to trust for the target, instead of the well-known ones')
    .addOption(new Option('--trust <name>', 'trust list of the account to trust instead').conflicts('targetTrust'))
    .addOption(repeatable('--target-pin <pin>', 'sha256/... of the public key that the target must have', String))
    .option('--target-server-name <name>', 'name to send as SNI and expect in the target’s certificate')
}

/** Undefined where no option says anything. @throws CliFailure */
export async function readTargetTrust(
  { inputs }: CliContext,
  { targetTrust, trust, targetPin, targetServerName }: TargetTrustOptions,
): Promise<TargetTrustRequest | undefined> {
  const read = {
    ...(targetTrust !== undefined && { caCertificates: (await inputs.file(targetTrust)).toString('utf8') }),
    ...(trust !== undefined && { trust }),
    ...(targetPin.length > 0 && { spkiPins: [...targetPin] }),
    ...(targetServerName !== undefined && { serverName: targetServerName }),
  }
  return Object.keys(read).length === 0 ? undefined : read
}
