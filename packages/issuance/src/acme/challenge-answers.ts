import { IssuerError } from '../issuer-error.ts'

/** Base64url (RFC 8555 section 8.1). Servers take 22 to 43 characters. */
const tokenForm = /^[A-Za-z0-9_-]{16,100}$/

/** So many anonymous requests cost no more than one reading of the account keys. */
const readEveryMs = 1_000

/** Whose account key may be asked for. */
export interface ChallengedAccount {
  /** @throws IssuerError */
  thumbprint(): Promise<string>
}

export function isChallengeToken(token: string): boolean {
  return tokenForm.test(token)
}

/**
 * Answers what CAs ask to see that names are the gateway's: `http://{name}/.well-known/acme-challenge/{token}`. The
 * answer is the token and the account key's thumbprint (RFC 8555 section 8.3), neither of them a secret, so every
 * instance can answer any token without having been told of it.
 */
export class ChallengeAnswers {
  readonly #accounts: readonly ChallengedAccount[]
  #thumbprint: Promise<string | undefined> = Promise.resolve(undefined)
  #readAgainAt = 0

  constructor(accounts: readonly ChallengedAccount[]) {
    this.#accounts = accounts
  }

  /** Undefined: no token, no account, or several. */
  async answer(token: string): Promise<string | undefined> {
    if (this.#accounts.length === 0 || !isChallengeToken(token)) return undefined
    if (performance.now() >= this.#readAgainAt) {
      // One reading at a time, however long it takes.
      this.#readAgainAt = Number.POSITIVE_INFINITY
      this.#thumbprint = this.#readThumbprint().finally(() => {
        this.#readAgainAt = performance.now() + readEveryMs
      })
    }
    const thumbprint = await this.#thumbprint
    return thumbprint === undefined ? undefined : `${token}.${thumbprint}`
  }

  /** There are several account keys: whose a token is, nobody can tell. */
  async areAmbiguous(): Promise<boolean> {
    return (await this.#thumbprints()).size > 1
  }

  async #readThumbprint(): Promise<string | undefined> {
    const thumbprints = await this.#thumbprints()
    return thumbprints.size === 1 ? [...thumbprints][0] : undefined
  }

  /** A profile whose key cannot be used orders nothing, and is in nobody's way. */
  async #thumbprints(): Promise<ReadonlySet<string>> {
    const found = await Promise.all(this.#accounts.map(thumbprintOf))
    return new Set(found.filter((thumbprint) => thumbprint !== undefined))
  }
}

async function thumbprintOf(account: ChallengedAccount): Promise<string | undefined> {
  try {
    return await account.thumbprint()
  } catch (error) {
    if (error instanceof IssuerError) return undefined
    throw error
  }
}
