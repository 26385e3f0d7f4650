import { z } from 'zod'

/** How somebody came in. */
export const sessionKinds = ['oidc', 'link', 'invitation'] as const
export type SessionKind = (typeof sessionKinds)[number]

/** All that the console knows of a session: it lies in the browser's cookie, encrypted, and nowhere else. */
export const sessionSchema = z.object({
  /** Stays the same however often it is renewed. */
  id: z.string(),
  via: z.enum(sessionKinds),
  /** Whose it is, where people share something: they may have several. */
  owner: z.string(),
  /** The Bearer token for config-api. */
  token: z.string(),
  /** When the token expires, in milliseconds since 1970; null: not known. */
  tokenExpiresAt: z.number().nullable(),
  /** How long the first token lasted, in milliseconds, where that is known and there may be others. */
  tokenLifetimeMs: z.number().optional(),
  /** When somebody has to sign in again, in milliseconds since 1970. */
  endsAt: z.number(),
  /** Whom the invitation is for; only with one. */
  label: z.string().optional(),
  /** From the identity provider, if it gives one. */
  refreshToken: z.string().optional(),
  /** Tells the identity provider who signs out. */
  logoutHint: z.string().optional(),
})

export type Session = z.infer<typeof sessionSchema>

/** When it ends whatever happens, in milliseconds since 1970. */
export function endOf({
  tokenExpiresAt,
  endsAt,
  refreshToken,
}: Pick<Session, 'tokenExpiresAt' | 'endsAt' | 'refreshToken'>): number {
  return refreshToken !== undefined || tokenExpiresAt === null ? endsAt : Math.min(tokenExpiresAt, endsAt)
}
