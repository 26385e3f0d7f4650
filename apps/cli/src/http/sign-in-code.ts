import { readProblem } from '@mtls-gateway/client'
import { safeValue } from '@mtls-gateway/terminal'
import type { ShownAnswer } from '../output.ts'
import { requireSafeUrl } from '../settings/base-url.ts'
import { exchange } from './exchange.ts'
import { type Heard, type ServicePlace, stranger } from './service-place.ts'
import { ServiceProblem } from './service-problem.ts'

/** What signs a browser in, once. */
export interface SignInCode {
  readonly code: string
  /** ISO 8601 */
  readonly expiresAt: string
  /** With the code behind its `#`, which no server sees. */
  readonly url: string
}

/** @throws ServiceProblem if the console refuses the token, CliFailure if there is none */
export async function createSignInCode(
  place: ServicePlace,
  token: string,
  heard: Heard,
): Promise<ShownAnswer<SignInCode>> {
  const headers = new Headers({ authorization: `Bearer ${token}`, accept: 'application/json' })
  const path = '/console/sign-in-codes'
  const answer = await exchange(place, { method: 'POST', path, headers, body: undefined })
  heard.from = place
  const text = answer.body.toString('utf8')
  const problem = readProblem({ status: answer.status, headers: new Headers(answer.headers) }, text)
  if (problem !== undefined) throw new ServiceProblem(problem)
  if (answer.status !== 201) throw stranger(place, `it answers ${answer.status} without a problem document`)
  const body = parsed(text)
  if (body === undefined) throw stranger(place, 'its answer has another shape')
  return { text, body }
}

function parsed(text: string): SignInCode | undefined {
  try {
    const value: unknown = safeValue(JSON.parse(text))
    return isSignInCode(value) ? value : undefined
  } catch {
    return undefined
  }
}

function isSignInCode(value: unknown): value is SignInCode {
  if (typeof value !== 'object' || value === null) return false
  if (!('code' in value) || !('expiresAt' in value) || !('url' in value)) return false
  const { code, expiresAt, url } = value
  return typeof code === 'string' && typeof expiresAt === 'string' && typeof url === 'string' && isSafeLink(url)
}

/** The code that it holds is as good as the token. */
function isSafeLink(url: string): boolean {
  try {
    requireSafeUrl(url.replace(/[?#].*$/s, ''), '')
    return true
  } catch {
    return false
  }
}
