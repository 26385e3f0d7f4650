import { CliFailure } from '../cli-failure.ts'
import { exitCodes } from '../exit-codes.ts'
import { type Login, readLogin, writeLogin } from '../settings/login-file.ts'
import { withLoginLock } from '../settings/login-lock.ts'

/** How long before its end a token is refreshed. */
const earlyMs = 30_000

/** The token of a login, refreshed and kept again when it is about to expire: also in a command that runs for hours. */
export class KeptToken {
  readonly #file: string
  #login: Login
  #refreshing: Promise<Login> | undefined

  constructor(file: string, login: Login) {
    this.#file = file
    this.#login = login
  }

  /** @throws CliFailure where it has expired and there is no other */
  async current(): Promise<string> {
    if (isAboutToExpire(this.#login)) await this.#refresh()
    return tokenOf(this.#login)
  }

  /** One that lives as long as the provider lets it, if there is a refresh token. @throws CliFailure */
  async renewed(): Promise<string> {
    if (this.#login.refreshToken !== undefined) await this.#refresh()
    return tokenOf(this.#login)
  }

  async #refresh(): Promise<void> {
    this.#refreshing ??= refreshed(this.#file, this.#login)
    try {
      this.#login = await this.#refreshing
    } catch (error) {
      // A provider that is away for a moment is no reason to stop while the token is still good.
      const isAway = error instanceof CliFailure && error.exitCode === exitCodes.noAnswer
      if (!isAway || hasExpired(this.#login)) throw error
    } finally {
      this.#refreshing = undefined
    }
  }
}

/** @throws CliFailure */
async function refreshed(file: string, known: Login): Promise<Login> {
  return withLoginLock(file, async () => {
    const now = await readLogin(file)
    const { provider, refreshToken } = now
    if (now.token === undefined || now.account !== known.account || provider?.issuer !== known.provider?.issuer) {
      throw new CliFailure('wrongUse', 'The login was changed by another command meanwhile. Repeat this one.')
    }
    // Another command was quicker.
    if (provider === undefined || refreshToken === undefined || now.token !== known.token) return now
    const { refreshTokens } = await import('./refresh.ts')
    const next = { ...now, ...(await refreshTokens(provider, refreshToken)) }
    await writeLogin(file, next)
    return next
  })
}

function isAboutToExpire({ refreshToken, expiresAt }: Login): boolean {
  return refreshToken !== undefined && expiresAt !== undefined && Date.parse(expiresAt) - Date.now() < earlyMs
}

function hasExpired({ expiresAt }: Login): boolean {
  return expiresAt !== undefined && Date.parse(expiresAt) <= Date.now()
}

function tokenOf({ token = '' }: Login): string {
  return token.trim()
}
