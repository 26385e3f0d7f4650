import { GatewayProblem, readProblem } from '@mtls-gateway/client/page'
import type { DescribedInvitation } from '@mtls-gateway/contract'
import { type QueryClient, queryOptions, useQuery } from '@tanstack/react-query'
import { consoleFetch } from './console-fetch.ts'

export type Scope = 'mtls:read' | 'mtls:write' | 'mtls:admin' | 'forward'

/** Who is signed in. The page never has the token itself. */
export interface Session {
  readonly subject: string
  readonly accounts: readonly string[] | '*'
  readonly scopes: readonly Scope[]
  /** When it ends; null: when the browser is closed. */
  readonly expiresAt: string | null
  readonly via: 'oidc' | 'link' | 'invitation'
  /** Whom the invitation is for; only with one. */
  readonly label?: string
}

/** What the server of this page offers. */
export interface ConsoleConfig {
  readonly oidc: boolean
  readonly version: string
  /** Where programs reach forwarder-api; null: the operator has not said it. */
  readonly forwarderUrl: string | null
  /** Whether it reaches forwarder-api, which asks for tokens. */
  readonly asksForTokens: boolean
}

/**
 * How a session has ended. `gone`: the browser no longer has it, since somebody has signed out in another tab or
 * deleted the cookies. `unreadable`: the console has got another key.
 */
export interface SessionEnd {
  readonly how: 'expired' | 'revoked' | 'gone' | 'unreadable'
  /** Undefined where nobody knows any more. */
  readonly session: Pick<Session, 'via' | 'expiresAt' | 'label'> | undefined
}

/** Null: there is a session, or there was none. */
export const sessionEndQuery = queryOptions({
  queryKey: ['session-end'],
  queryFn: (): SessionEnd | null => null,
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: Number.POSITIVE_INFINITY,
})

const sessionKey = ['session'] as const

/** Null: nobody is signed in. One that has ended stays, with `sessionEndQuery`, until somebody signs in again. */
export const sessionQuery = queryOptions({
  queryKey: sessionKey,
  queryFn: async ({ client }): Promise<Session | null> => {
    try {
      const session = await read<Session>(await consoleFetch('/console/session'))
      client.setQueryData(sessionEndQuery.queryKey, null)
      return session
    } catch (error) {
      if (error instanceof GatewayProblem && error.status === 401) return noteEnd(client, error)
      throw error
    }
  },
  staleTime: 60_000,
})

/** Notes that nobody is signed in, by an answer to this page. @returns whose page it still is */
export function noteEnd(queries: QueryClient, problem: GatewayProblem): Session | null {
  const session = queries.getQueryData(sessionQuery.queryKey) ?? null
  // The first answer knows best: the console forgets a session once it has told of its end.
  if (queries.getQueryData(sessionEndQuery.queryKey) == null) {
    queries.setQueryData(sessionEndQuery.queryKey, endBy(problem, session, Date.now()))
  }
  return session
}

const endsByCode: ReadonlyMap<string, SessionEnd['how']> = new Map([
  ['SESSION_EXPIRED', 'expired'],
  ['TOKEN_EXPIRED', 'expired'],
  ['SESSION_UNREADABLE', 'unreadable'],
])

/** @param session of this page, until then */
export function endBy({ code, problem }: GatewayProblem, session: Session | null, now: number): SessionEnd | null {
  if (code !== 'SESSION_REQUIRED') {
    return { how: endsByCode.get(code) ?? 'revoked', session: toldOf(problem) ?? session ?? undefined }
  }
  // The browser brings no session, and can't say why.
  if (session === null) return null
  const { expiresAt } = session
  return { how: expiresAt !== null && Date.parse(expiresAt) <= now ? 'expired' : 'gone', session }
}

/** What the console says of it, also to a page that has never had it. */
function toldOf(problem: object): SessionEnd['session'] {
  const { via, expiresAt, label } = problem as Readonly<Record<string, unknown>>
  const isKnown = via === 'oidc' || via === 'link' || via === 'invitation'
  if (!isKnown || typeof expiresAt !== 'string' || Number.isNaN(Date.parse(expiresAt))) return undefined
  return { via, expiresAt, ...(typeof label === 'string' && { label }) }
}

export const configQuery = queryOptions({
  queryKey: ['config'],
  queryFn: async () => read<ConsoleConfig>(await consoleFetch('/console/config')),
  staleTime: Number.POSITIVE_INFINITY,
})

/** Whom the link of `mtls console` signs in. */
export interface SignInOffer extends Pick<Session, 'subject' | 'accounts' | 'scopes' | 'expiresAt'> {
  /** Signs in as them, once, within ten minutes. */
  readonly confirmation: string
}

/** The code of the link is void from then on. @throws GatewayProblem */
export async function exchangeCode(code: string): Promise<SignInOffer> {
  return read(await post('/console/sign-in-codes/exchange', { code }))
}

/** What an invitation is for. Its code stays valid. @throws GatewayProblem */
export async function describeInvitation(code: string): Promise<DescribedInvitation> {
  return read(await post('/console/invitations/describe', { code }))
}

/** What the code of a link was exchanged for, or the code of an invitation. @throws GatewayProblem */
export async function signInBy(way: 'confirmation' | 'invitation', code: string): Promise<void> {
  await read(await post(`/console/session/${way}`, { code }))
}

/** Where to go on, if the identity provider has a page for it. */
export async function signOut(): Promise<string | undefined> {
  const answer = await read<{ redirect?: string } | undefined>(
    await consoleFetch('/console/session', { method: 'DELETE' }),
  )
  return answer?.redirect
}

/** Undefined: allowed. Else why not, for a button that stays where it is. */
export function useMissingScope(scope: Scope): string | undefined {
  const { data: session } = useQuery(sessionQuery)
  if (!session || session.scopes.includes(scope)) return undefined
  const way = session.via === 'invitation' ? 'Ask whoever invited you for an invitation' : 'Sign in with a login'
  return `Your session lacks the scope ${scope}. ${way} that has it.`
}

export function post(path: string, body: unknown): Promise<Response> {
  return consoleFetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** @throws GatewayProblem, or Error for an answer that is none of the console's */
export async function read<Body>(response: Response): Promise<Body> {
  const text = await response.text()
  if (!response.ok) {
    throw readProblem(response, text) ?? new Error(`The console answered ${response.status} without saying why.`)
  }
  return (text === '' ? undefined : JSON.parse(text)) as Body
}
