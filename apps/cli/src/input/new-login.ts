import { CliFailure } from '../cli-failure.ts'
import type { Output } from '../output.ts'
import type { Login, LoginSettings } from '../settings/login-file.ts'
import { firstProvider, type ProviderOptions, parseProvider } from '../settings/provider-settings.ts'
import type { InputContext } from './inputs.ts'
import { askToken, type CredentialOptions, type LoginSource, readLoginCredentials } from './login-credentials.ts'

export interface NewLoginOptions extends CredentialOptions, ProviderOptions {
  readonly device?: true | undefined
  /** To sign in, whatever else there is. */
  readonly isDemanded: boolean
}

/** What the other commands are going to present. @throws CliFailure */
export async function newLogin(
  context: InputContext & { readonly output: Output },
  options: NewLoginOptions,
  { source, earlier }: { readonly source: LoginSource; readonly earlier: LoginSettings },
): Promise<Login> {
  if (options.isDemanded && options.tokenFile !== undefined) {
    throw new CliFailure(
      'wrongUse',
      'Give --token-file for a token that you have, or --issuer to get one by signing in.',
    )
  }
  const given = await readLoginCredentials(context, options, source)
  const isGiven = given.token !== undefined || given.appKey !== undefined
  const isKnown = earlier.provider !== undefined && !isGiven && context.inputs.isTerminal
  const isNamed = given.token === undefined && firstProvider(options, source).issuer !== undefined
  if (!options.isDemanded && !isNamed && !isKnown) {
    // An app key is for calls: where one signs in stays known.
    if (given.token === undefined && isGiven) return { ...given, provider: earlier.provider }
    return isGiven ? given : { ...given, token: await askToken(context) }
  }
  const provider = parseProvider(firstProvider(options, source, earlier.provider))
  const { signIn } = await import('../sign-in/sign-in.ts')
  return { ...given, provider, ...(await signIn(provider, options.device ?? false, context)) }
}
