/** What a credential may do (docs/api.md). */
export const scopes = ['mtls:read', 'mtls:write', 'mtls:admin', 'forward'] as const

export type Scope = (typeof scopes)[number]

/** What an invitation can have: people manage an account, and services call. */
export const invitableScopes = ['mtls:read', 'mtls:write', 'mtls:admin'] as const satisfies readonly Scope[]

export type InvitableScope = (typeof invitableScopes)[number]

/** The scopes of a new app key whose request names none. */
export const defaultAppKeyScopes: readonly Scope[] = ['forward', 'mtls:read']

export function isScope(text: string): text is Scope {
  return (scopes as readonly string[]).includes(text)
}
