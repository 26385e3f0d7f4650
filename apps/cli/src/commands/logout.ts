import { Command } from '@commander-js/extra-typings'
import type { CliContext } from '../cli-context.ts'
import { CliFailure } from '../cli-failure.ts'
import { type Login, loginFilePath, readLogin, settingsOf, writeLogin } from '../settings/login-file.ts'
import { withLoginLock } from '../settings/login-lock.ts'
import { readableTime } from '../views/lines.ts'

export function logoutCommand({ environment, output }: CliContext) {
  return new Command('logout')
    .summary('revoke and remove what login has saved')
    .description(
      'Has the identity provider revoke the tokens of a sign-in, where it can, and removes tokens and app key from the file of mtls login. Account, urls and identity provider stay there for the next mtls login.',
    )
    .option('--json', 'print the result as JSON')
    .action(async (options) => {
      output.json = options.json ?? false
      const file = loginFilePath(environment)
      const login = await readLogin(file)
      if (login.token === undefined && login.appKey === undefined) return show(false, 'Nobody is logged in.')
      await withLoginLock(file, async () => {
        // As it is now: a command may have refreshed it.
        const now = await readLogin(file)
        // Removed first: whatever the provider says, nobody uses them here any more.
        await writeLogin(file, settingsOf(now))
        const isRevoked = await revoked(now)
        show(isRevoked, [isRevoked ? revokedSentence(now) : removedSentence(now), ...keyNote(now)].join('\n'))
      })
    })

  function show(revoked: boolean, text: string): void {
    if (output.json) output.jsonText(JSON.stringify({ revoked }))
    else output.text(text)
  }
}

/** @throws CliFailure where the provider should, and does not */
async function revoked({ provider, token, refreshToken }: Login): Promise<boolean> {
  if (provider === undefined || token === undefined) return false
  const { revokeTokens } = await import('../sign-in/revoke.ts')
  try {
    return await revokeTokens(provider, refreshToken === undefined ? [token] : [refreshToken, token])
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error
    const message = `You are logged out here, but the tokens could not be revoked. ${error.message}`
    throw new CliFailure('noAnswer', message, { cause: error })
  }
}

function revokedSentence({ provider, expiresAt }: Login): string {
  const until = expiresAt === undefined ? 'until it expires' : `until it expires on ${readableTime(expiresAt)}`
  return `You are logged out, and ${provider?.issuer} has revoked the sign-in. A gateway that verifies tokens by itself accepts the last one ${until}.`
}

function removedSentence({ provider, token }: Login): string {
  if (token === undefined) return 'You are logged out.'
  const why = provider === undefined ? '' : ` ${provider.issuer} can not revoke it.`
  return `You are logged out. The token is removed, but valid until it expires.${why}`
}

function keyNote({ appKey }: Login): readonly string[] {
  return appKey === undefined
    ? []
    : [`The app key ${appKey} is removed here, but still valid. To delete it: mtls app-keys delete ${appKey}`]
}
