import type { Operation } from '@mtls-gateway/contract'
import type { Route, Routes } from '@mtls-gateway/contract/words'
import { baseUrlOf } from '../base-url.ts'
import type { Fetch } from '../fetch.ts'
import { InvalidRequest, orInvalid } from '../invalid-request.ts'
import type { SignedRequest } from '../signing/sign-request.ts'
import { type Answer, readAnswer } from './answer.ts'
import type { AnswerBodyOf, RepeatedBodyOf, RequestOf } from './operation-types.ts'
import { type AnyRequest, contentOf, headersOf, pathOf } from './request.ts'

export interface ServicePlace {
  /** Base url of the service, such as `https://mtls.example`. */
  readonly baseUrl: string
  /** Takes a base url that begins with `http://` for other machines, too, where a network of your own protects it. */
  readonly allowHttp?: boolean
  readonly accountId: string
  /** The platform's own unless given. */
  readonly fetch?: Fetch
}

/** The value of `Authorization`; undefined where somebody on the way adds it. */
export type Authorize = (request: SignedRequest) => Promise<string | undefined>

/**
 * A method for each operation. What is not done rejects: InvalidRequest, GatewayProblem, ApprovalRequested,
 * UnexpectedAnswer, and what fetch throws.
 */
export type OperationsClient<Operations> = {
  readonly [Id in keyof Operations]: Operations[Id] extends Operation ? Call<Operations[Id]> : never
}

type Call<O extends Operation> = O extends { readonly changes: true } ? Change<O> : Plain<O>

type Plain<O extends Operation> = (...request: Given<RequestOf<O>>) => Promise<Answer<AnswerBodyOf<O>>>

/** With an `Idempotency-Key` the answer may be that to a request that was made before. */
interface Change<O extends Operation> {
  (request: RequestOf<O> & { readonly idempotencyKey: string }): Promise<Answer<AnswerBodyOf<O> | RepeatedBodyOf<O>>>
  (...request: Given<RequestOf<O>>): Promise<Answer<AnswerBodyOf<O>>>
}

/** May be left out where nothing has to be in it. */
type Given<Request> = Partial<Request> extends Request ? [request?: Request] : [request: Request]

export function operationsClient<Operations>(
  routes: Routes,
  place: ServicePlace,
  authorize: Authorize,
): OperationsClient<Operations> {
  const client = Object.entries(routes).map(([id, route]) => [id, callOf(route, place, authorize)])
  // Routes and operations have the same keys; their types are the contract's.
  return Object.fromEntries(client) as OperationsClient<Operations>
}

type AnyCall = (request?: AnyRequest) => Promise<Answer<unknown>>

function callOf(route: Route, place: ServicePlace, authorize: Authorize): AnyCall {
  const baseUrl = baseUrlOf(place.baseUrl, place.allowHttp)
  return async (request = {}) => {
    const { method } = route
    const { fetch = globalThis.fetch, accountId } = place
    const url = baseUrl + orInvalid(() => pathOf(route, accountId, request))
    const { type, body } = orInvalid(() => contentOf(request))
    const headers = orInvalid(() => headersOf(request))
    if (type !== undefined) headers.set('content-type', type)
    // A form is for tokens alone: no app key signs one.
    const signed = typeof body === 'string' ? { contentType: type, body } : {}
    const authorization = route.open ? undefined : await authorize({ method, url, ...signed })
    if (authorization !== undefined) setAuthorization(headers, authorization)
    const response = await fetch(url, {
      method,
      headers,
      // What is sent is for this service alone.
      redirect: 'manual',
      ...(body !== undefined && { body }),
      ...(request.signal && { signal: request.signal }),
    })
    return readAnswer(response)
  }
}

function setAuthorization(headers: Headers, value: string): void {
  try {
    headers.set('authorization', value)
  } catch {
    // No cause: the platform's error quotes the value.
    throw new InvalidRequest('the credentials have a character that no header field can have')
  }
}
