import { beforeEach, describe, expect, it } from '@jest/globals'
import { signInByDeviceCode } from '../src/sign-in/device-code.ts'
import { openProvider } from '../src/sign-in/provider.ts'
import { browse } from './browse.ts'
import { type IdentityProvider, startIdentityProvider } from './identity-provider.ts'

let idp: IdentityProvider
beforeEach(async () => {
  idp = await startIdentityProvider()
})

/** Signs in with a clock that only the pauses move. */
async function signIn(onPause: (link: string, pauses: readonly number[]) => unknown) {
  const provider = { issuer: idp.issuer, clientId: 'mtls', scope: 'openid mtls:read', redirectUri: '' }
  const pauses: number[] = []
  let [now, link] = [0, '']
  const end = await signInByDeviceCode(await openProvider(provider), provider, {
    tell: (text) => {
      link = /http:\S+user_code=\S+/.exec(text)?.[0] ?? ''
    },
    pause: async (milliseconds) => {
      now += milliseconds
      pauses.push(milliseconds)
      await onPause(link, pauses)
    },
    now: () => now,
  }).catch((error: Error) => error)
  return { end, pauses }
}

const signedIn = { token: expect.any(String), refreshToken: expect.any(String), expiresAt: expect.any(String) }

describe('a sign-in by device code', () => {
  it('asks again as often as the provider lets it, and 5 seconds later each time that this was too often', async () => {
    idp.refusals.push('authorization_pending', 'slow_down', 'slow_down')
    const { end, pauses } = await signIn((link) => idp.refusals.length === 0 && browse(link))
    expect(end).toEqual(signedIn)
    expect(pauses).toEqual([10, 10, 5_010, 10_010])
  })

  it('goes on, less often, when a connection breaks', async () => {
    idp.refusals.push('connection breaks')
    const { end, pauses } = await signIn((link) => idp.refusals.length === 0 && browse(link))
    expect(end).toEqual(signedIn)
    expect(pauses).toEqual([10, 5_010])
  })

  it('ends when the provider says that the code has expired', async () => {
    const { end } = await signIn(async (link) => {
      await idp.expireDeviceCode(link.split('user_code=')[1] ?? '')
    })
    expect(end).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(
        /expired_token: device code is expired\. Nobody signed in before the code expired\. /,
      ),
    })
  })

  it('ends by itself when the code has expired', async () => {
    idp.refusals.push(...Array(400).fill('slow_down'))
    const { end, pauses } = await signIn(() => {})
    expect(end).toMatchObject({
      exitCode: 1,
      message: expect.stringMatching(/^Nobody signed in before the code expired\. /),
    })
    expect(pauses.reduce((sum, each) => sum + each)).toBeGreaterThanOrEqual(3_600_000)
    expect(pauses.length).toBeLessThan(40)
  })
})
