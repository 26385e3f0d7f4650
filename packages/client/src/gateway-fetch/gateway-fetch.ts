import type { Fetch } from '../fetch.ts'
import { signalOf } from './abort.ts'
import type { GatewayFetchOptions } from './gateway-fetch-options.ts'
import { cancelBody, readBody } from './outgoing-body.ts'
import { Repetition } from './repetition.ts'
import { SignedCalls } from './signed-calls.ts'
import { targetAnswer } from './target-answer.ts'

/**
 * A `fetch` whose calls go through the gateway, which presents the client certificate that the url is mapped to.
 *
 * The answer is always the target's, redirects too: they are handed back, not followed. An answer of the gateway itself
 * rejects with a GatewayProblem.
 *
 * A body that is a stream, or that of a Request object, is sent while it comes. It is not part of the signature, and
 * the call is not repeated. Forms are read first in any case, as their parameters are signed; every other body is
 * signed by its hash.
 */
export function gatewayFetch(options: GatewayFetchOptions): Fetch {
  const calls = new SignedCalls(options)
  return async (input, init) => {
    const signal = signalOf(input, init)
    const request = requestOf(calls.resolve(input), init)
    if (signal?.aborted) {
      cancelBody(request, signal.reason)
      throw signal.reason
    }
    const body = await readBody(request, init?.body, signal)
    const repetition = new Repetition(options)
    for (;;) {
      try {
        return await targetAnswer(await calls.send(request, body, signal), request)
      } catch (error) {
        if (body instanceof ReadableStream || !repetition.mayFollow(error)) throw error
        await repetition.wait(signal)
      }
    }
  }
}

/** The caller's own signal goes along with the call: one that a Request derives from it could be collected. */
function requestOf(input: string | URL | Request, init: RequestInit | undefined): Request {
  // What a Request in the place of `init` says is in getters of its class, which a spread passes over.
  if (init instanceof Request) return new Request(new Request(input, init), { signal: null })
  return new Request(input, { ...init, signal: null })
}
