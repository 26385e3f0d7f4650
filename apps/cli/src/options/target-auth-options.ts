import { type Command, Option, type OptionValues } from '@commander-js/extra-typings'
import type { TargetAuthRequest } from '@mtls-gateway/contract'
import {
  type AssertionAudience,
  assertionAudiences,
  type ClientAuthMethod,
  clientAuthMethods,
} from '@mtls-gateway/contract/choices'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { repeatable } from './repeatable.ts'

/** No interface: Commander asks for a type with an index signature. */
export type TargetAuthOptions = {
  readonly oauth2TokenUrl?: string | undefined
  readonly oauth2Issuer?: string | undefined
  readonly oauth2ClientId?: string | undefined
  readonly oauth2Method?: ClientAuthMethod | undefined
  readonly oauth2AssertionFor?: AssertionAudience | undefined
  readonly oauth2Scope?: string | undefined
  readonly oauth2Parameter: readonly string[]
  readonly oauth2SecretFile?: string | undefined
  readonly targetHeaderFile: readonly string[]
}

/** The options of commands that say what a target wants besides the certificate (docs/target-credentials.md). */
export function withTargetAuth<Args extends unknown[], Options extends OptionValues, Globals extends OptionValues>(
  command: Command<Args, Options, Globals>,
): Command<Args, Options & TargetAuthOptions, Globals> {
  command
    .option('--oauth2-token-url <url>', 'have calls carry an access token of this endpoint (client credentials)')
    .option(
      '--oauth2-issuer <url>',
      'the server as it names itself: its metadata names the endpoint, and private_key_jwt signs for it',
    )
    .option('--oauth2-client-id <id>', 'the client that the endpoint knows')
    .addOption(
      new Option(
        '--oauth2-method <method>',
        'how the endpoint is shown who asks; by the certificate alone unless given',
      ).choices(clientAuthMethods),
    )
    .addOption(
      new Option(
        '--oauth2-assertion-for <what>',
        'with private_key_jwt: have the assertion name tokenUrl instead, where the server wants that',
      ).choices(assertionAudiences),
    )
    .option('--oauth2-scope <scopes>', 'scopes to ask for, separated by spaces')
    .addOption(repeatable('--oauth2-parameter <name=value>', 'more to ask with, such as resource=URL', String))
    .option('--oauth2-secret-file <file>', 'file with the secret of the client')
    .addOption(
      repeatable(
        '--target-header-file <name=file>',
        'have calls carry this header field, with the text of a file',
        String,
      ),
    )
  // As the methods would say it, in a type that the compiler finds too long.
  return command as Command<Args, Options & TargetAuthOptions, Globals>
}

/** The names of the options, as commander has them. */
export const targetAuthOptionNames = [
  ...['oauth2TokenUrl', 'oauth2Issuer', 'oauth2ClientId', 'oauth2Method', 'oauth2AssertionFor'],
  ...['oauth2Scope', 'oauth2Parameter', 'oauth2SecretFile', 'targetHeaderFile'],
]

/** Undefined where no option says anything. @throws CliFailure */
export async function readTargetAuth(
  { inputs }: CliContext,
  options: TargetAuthOptions,
): Promise<TargetAuthRequest | undefined> {
  const { oauth2TokenUrl, oauth2Issuer, oauth2ClientId, oauth2Method, oauth2AssertionFor } = options
  const { oauth2Scope, oauth2SecretFile, oauth2Parameter, targetHeaderFile } = options
  const ofEndpoint = [oauth2TokenUrl, oauth2Issuer, oauth2ClientId, oauth2Method, oauth2AssertionFor]
  const ofOauth2 = [...ofEndpoint, oauth2Scope, oauth2SecretFile, ...oauth2Parameter]
  const isOauth2 = ofOauth2.some((option) => option !== undefined)
  if (targetHeaderFile.length > 0) {
    if (isOauth2) throw new CliFailure('wrongUse', '--oauth2-... and --target-header-file do not go together.')
    const headers = await Promise.all(
      targetHeaderFile.map(async (text) => {
        const [name, file] = pair('--target-header-file', text)
        return { name, secret: await inputs.secretFile(file) }
      }),
    )
    return { type: 'headers', headers }
  }
  if (!isOauth2) return undefined
  if (oauth2ClientId === undefined || (oauth2TokenUrl === undefined && oauth2Issuer === undefined)) {
    const message =
      'A token needs --oauth2-token-url and --oauth2-client-id. In place of the url, --oauth2-issuer has it found.'
    throw new CliFailure('wrongUse', message)
  }
  return {
    type: 'oauth2',
    tokenUrl: oauth2TokenUrl ?? (await tokenUrlOf(oauth2Issuer ?? '', oauth2ClientId)),
    clientId: oauth2ClientId,
    method: oauth2Method ?? 'tls_client_auth',
    // For the other methods it is no more than what the url is found by.
    ...((oauth2Method === 'private_key_jwt' || oauth2TokenUrl !== undefined) && { issuer: oauth2Issuer }),
    ...(oauth2AssertionFor !== undefined && { assertionAudience: oauth2AssertionFor }),
    ...(oauth2Scope !== undefined && { scope: oauth2Scope }),
    ...(oauth2Parameter.length > 0 && {
      parameters: Object.fromEntries(oauth2Parameter.map((text) => pair('--oauth2-parameter', text))),
    }),
    ...(oauth2SecretFile !== undefined && { secret: await inputs.secretFile(oauth2SecretFile) }),
  }
}

/** The library that asks is loaded only for that. */
async function tokenUrlOf(issuer: string, clientId: string): Promise<string> {
  const { findTokenUrl } = await import('../http/token-endpoint.ts')
  return findTokenUrl(issuer, clientId)
}

/** @throws CliFailure */
export function pair(option: string, text: string): readonly [string, string] {
  const at = text.indexOf('=')
  if (at > 0 && at < text.length - 1) return [text.slice(0, at), text.slice(at + 1)]
  throw new CliFailure('wrongUse', `${option} is a name, "=" and a value.`)
}
