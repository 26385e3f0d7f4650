import { readProblem } from '@mtls-gateway/client/page'
import type { DescribedInvitation } from '@mtls-gateway/contract'
import { queryOptions, useQuery } from '@tanstack/react-query'
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
}

/** Null: nobody is signed in. */
export const sessionQuery = queryOptions({
  queryKey: ['session'],
  queryFn: async (): Promise<Session | null> => {
    const response = await consoleFetch('/console/session')
    if (response.status === 401) return null
    return read<Session>(response)
  },
  staleTime: 60_000,
})

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

function post(path: string, body: unknown): Promise<Response> {
  return consoleFetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** @throws GatewayProblem, or Error for an answer that is none of the console's */
async function read<Body>(response: Response): Promise<Body> {
  const text = await response.text()
  if (!response.ok) {
    throw readProblem(response, text) ?? new Error(`The console answered ${response.status} without saying why.`)
  }
  return (text === '' ? undefined : JSON.parse(text)) as Body
}
