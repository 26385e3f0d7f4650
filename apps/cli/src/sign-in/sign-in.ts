import { setTimeout } from 'node:timers/promises'
import { safeText } from '@mtls-gateway/terminal'
import type { Output } from '../output.ts'
import type { ProviderSettings } from '../settings/provider-settings.ts'
import { signInByBrowser } from './browser-redirect.ts'
import { signInByDeviceCode } from './device-code.ts'
import { browserCommand, openBrowser } from './open-browser.ts'
import { openProvider } from './provider.ts'
import type { Tokens } from './tokens.ts'

/** By the browser of this machine, or on another device where this one has none. @throws CliFailure */
export async function signIn(
  provider: ProviderSettings,
  byDevice: boolean,
  { environment, output }: { readonly environment: NodeJS.ProcessEnv; readonly output: Output },
): Promise<Tokens> {
  const configuration = await openProvider(provider)
  // Much of it comes from the provider.
  const tell = (text: string) => output.complain(safeText(text))
  if (byDevice || browserCommand(environment, process.platform) === undefined) {
    const pause = (milliseconds: number) => setTimeout(milliseconds)
    return signInByDeviceCode(configuration, provider, { tell, pause, now: Date.now })
  }
  return signInByBrowser(configuration, provider, { tell, open: (url) => openBrowser(environment, url) })
}
