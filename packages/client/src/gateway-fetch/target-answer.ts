import { headerNames } from '@mtls-gateway/contract/words'
import { readProblem } from '../read-problem.ts'
import { UnexpectedAnswer } from '../unexpected-answer.ts'

/**
 * The answer as if the target had been asked directly.
 * @throws GatewayProblem where the gateway answers in the target's place; TypeError for a redirect, where the request
 *   says that it is an error
 */
export async function targetAnswer(response: Response, request: Request): Promise<Response> {
  if (response.headers.has(headerNames.answeredBy)) throw await ownAnswer(response)
  if (request.redirect === 'error' && isRedirect(response)) {
    await response.body?.cancel()
    throw new TypeError(`The target answered by a redirect (${response.status}).`)
  }
  // A Response says where it is from by a getter of its class, which is not the place that the caller asked.
  return Object.defineProperty(response, 'url', { value: withoutFragment(request.url), configurable: true })
}

async function ownAnswer(response: Response): Promise<Error> {
  const text = await response.text()
  return readProblem(response, text) ?? new UnexpectedAnswer(response, text)
}

function isRedirect({ status, headers }: Response): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers.has('location')
}

/** @param url that URL has written */
export function withoutFragment(url: string): string {
  return url.split('#', 1)[0] ?? url
}
