import type { IncomingMessage, ServerResponse } from 'node:http'
import { answerRequest } from '@mtls-gateway/test-kit'

/** A target as any other, but for `.../location?VALUE`, which redirects to the value. */
export async function answerOrRedirect(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const [, location] = /\/location\?(.*)$/.exec(request.url ?? '') ?? []
  if (location === undefined) return answerRequest(request, response)
  response.writeHead(307, { location: decodeURIComponent(location) }).end()
}
