import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  type Configuration,
  calculatePKCECodeChallenge,
  randomPKCECodeVerifier,
  randomState,
} from 'openid-client'
import type { ProviderSettings } from '../settings/provider-settings.ts'
import { LoopbackServer } from './loopback-server.ts'
import { resourceOf } from './provider.ts'
import { providerFailure } from './provider-failure.ts'
import { type Tokens, tokensOf } from './tokens.ts'

export interface BrowserUser {
  tell(text: string): void
  /** Shows a page; false if it can not. */
  open(url: string): Promise<boolean>
}

/** Signs in with the browser of this machine, which comes back by a redirect (RFC 8252). @throws CliFailure */
export async function signInByBrowser(
  configuration: Configuration,
  provider: ProviderSettings,
  user: BrowserUser,
): Promise<Tokens> {
  const server = await LoopbackServer.start(provider.redirectUri)
  try {
    const [pkceCodeVerifier, expectedState] = [randomPKCECodeVerifier(), randomState()]
    const resource = resourceOf(provider)
    const url = buildAuthorizationUrl(configuration, {
      redirect_uri: server.redirectUri,
      scope: provider.scope,
      ...resource,
      state: expectedState,
      code_challenge: await calculatePKCECodeChallenge(pkceCodeVerifier),
      code_challenge_method: 'S256',
    }).href
    const isOpen = await user.open(server.leadTo(url).url)
    user.tell(
      isOpen
        ? `Sign in in the browser window that has opened. If there is none, open this link:\n${url}`
        : `To sign in, open this link in a browser of this machine (elsewhere, use --device):\n${url}`,
    )
    return await server.redirected(expectedState, async (callback) => {
      const checks = { pkceCodeVerifier, expectedState }
      return tokensOf(await authorizationCodeGrant(configuration, callback, checks, resource))
    })
  } catch (error) {
    throw providerFailure(error, provider)
  } finally {
    await server.close()
  }
}
