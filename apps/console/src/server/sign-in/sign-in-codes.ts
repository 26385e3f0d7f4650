import { randomUUID } from 'node:crypto'
import type { Leases } from '@mtls-gateway/coordination'
import { CodedError } from '@mtls-gateway/domain'
import { z } from 'zod'
import type { Seal } from '../session/seal.ts'

export const signInCodeSchema = z.object({
  id: z.string(),
  owner: z.string(),
  token: z.string(),
  tokenExpiresAt: z.number().nullable(),
  /** When the code expires, in milliseconds since 1970. */
  expiresAt: z.number(),
})

type SignInCode = z.infer<typeof signInCodeSchema>

export interface NewSignInCode {
  readonly code: string
  /** ISO 8601 */
  readonly expiresAt: string
}

/** A used code is remembered for this much longer than it lasts, until it has expired by every instance's clock. */
const clockDifferenceMs = 600_000

/** Codes that work once. A code holds the token, sealed; that it was used is what instances share. */
export class SignInCodes {
  readonly #seal: Seal<SignInCode>
  readonly #leases: Leases
  readonly #lifetimeMs: number

  constructor(seal: Seal<SignInCode>, leases: Leases, lifetimeMs: number) {
    this.#seal = seal
    this.#leases = leases
    this.#lifetimeMs = lifetimeMs
  }

  async make(owner: string, token: string, tokenExpiresAt: number | null): Promise<NewSignInCode> {
    const expiresAt = Date.now() + this.#lifetimeMs
    const code = await this.#seal.close({ id: randomUUID(), owner, token, tokenExpiresAt, expiresAt })
    return { code, expiresAt: new Date(expiresAt).toISOString() }
  }

  /** What a code holds, whether it was used or not. @throws CodedError `SIGN_IN_CODE_INVALID` */
  async read(code: string): Promise<SignInCode> {
    const opened = await this.#seal.open(code)
    if (opened === undefined || opened.expiresAt <= Date.now()) throw invalidCode()
    return opened
  }

  /** @throws CodedError `SIGN_IN_CODE_INVALID`, `COORDINATION_UNAVAILABLE` */
  async use(code: string): Promise<SignInCode> {
    const opened = await this.read(code)
    const rememberedMs = this.#lifetimeMs + clockDifferenceMs
    // Never given back: whoever comes second finds it taken.
    if ((await this.#leases.acquire(`console-code:${opened.id}`, rememberedMs)) === undefined) throw invalidCode()
    return opened
  }
}

export function invalidCode(): CodedError {
  return new CodedError(
    'SIGN_IN_CODE_INVALID',
    'This link has expired or was used before. Run `mtls console` again for a new one.',
  )
}
