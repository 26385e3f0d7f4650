import {
  type Configuration,
  type DeviceAuthorizationResponse,
  genericGrantRequest,
  initiateDeviceAuthorization,
} from 'openid-client'
import { CliFailure } from '../cli-failure.ts'
import type { ProviderSettings } from '../settings/provider-settings.ts'
import { resourceOf } from './provider.ts'
import { isConnectionFailure, providerFailure, refusalOf } from './provider-failure.ts'
import { type Tokens, tokensOf } from './tokens.ts'

const grantType = 'urn:ietf:params:oauth:grant-type:device_code'
/** Where the provider names none, and what is added when that was too short (RFC 8628 sections 3.2 and 3.5). */
const usualPauseSeconds = 5

export interface DeviceCodeUser {
  /** Shows where to enter which code. */
  tell(text: string): void
  pause(milliseconds: number): Promise<unknown>
  now(): number
}

/** Signs in from any device with a browser (RFC 8628). @throws CliFailure */
export async function signInByDeviceCode(
  configuration: Configuration,
  provider: ProviderSettings,
  user: DeviceCodeUser,
): Promise<Tokens> {
  const { issuer, scope } = provider
  const resource = resourceOf(provider)
  if (configuration.serverMetadata().device_authorization_endpoint === undefined) {
    throw new CliFailure(
      'refused',
      `${issuer} has no sign-in by device code. Sign in on a machine with a browser, without --device.`,
    )
  }
  try {
    const device = await initiateDeviceAuthorization(configuration, { scope, ...resource })
    user.tell(instructions(device))
    return await poll(() => askForTokens(configuration, { device_code: device.device_code, ...resource }), device, user)
  } catch (error) {
    throw providerFailure(error, provider)
  }
}

function instructions(device: DeviceAuthorizationResponse): string {
  const { verification_uri: uri, verification_uri_complete: complete, user_code: code, expires_in: seconds } = device
  return [
    `To sign in, open ${uri} in a browser on any device, and enter the code ${code}`,
    ...(complete === undefined ? [] : [`or open this link: ${complete}`]),
    `The code can be used for ${duration(seconds)}. Enter no code that somebody else has sent to you.`,
  ].join('\n')
}

function duration(seconds: number): string {
  const minutes = Math.floor(seconds / 60)
  if (minutes === 0) return `${seconds} seconds`
  return minutes === 1 ? '1 minute' : `${minutes} minutes`
}

async function askForTokens(configuration: Configuration, parameters: Record<string, string>): Promise<Tokens> {
  return tokensOf(await genericGrantRequest(configuration, grantType, parameters))
}

async function poll(
  ask: () => Promise<Tokens>,
  { interval = usualPauseSeconds, expires_in }: DeviceAuthorizationResponse,
  { pause, now }: DeviceCodeUser,
): Promise<Tokens> {
  const end = now() + expires_in * 1_000
  for (let seconds = interval; now() < end; ) {
    await pause(seconds * 1_000)
    try {
      return await ask()
    } catch (error) {
      seconds += addedPause(error)
    }
  }
  throw new CliFailure('refused', 'Nobody signed in before the code expired. Start again: mtls login.')
}

/** How many seconds more to wait from now on. @throws what is no reason to ask again */
function addedPause(error: unknown): number {
  const refusal = refusalOf(error)?.error
  if (refusal === 'authorization_pending') return 0
  // A connection that breaks ends no sign-in: section 3.5 wants longer pauses then.
  if (refusal === 'slow_down' || isConnectionFailure(error)) return usualPauseSeconds
  throw error
}
