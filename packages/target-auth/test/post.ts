import { once } from 'node:events'
import type { IncomingMessage } from 'node:http'
import { request } from 'node:https'
import type { IssuedCertificate } from '@mtls-gateway/test-kit'
import type { PostToEndpoint } from '../src/index.ts'

/** Posts on a connection of its own, which presents the certificate if there is one. */
export function postWith(ca: string, identity?: IssuedCertificate): PostToEndpoint {
  return async ({ url, headers, body }) => {
    const presented = identity && { cert: [identity.certificate, ...identity.chain].join(''), key: identity.privateKey }
    const asked = request(url, { method: 'POST', headers, ca, agent: false, ...presented })
    asked.end(body)
    const [answer] = (await once(asked, 'response')) as [IncomingMessage]
    const pieces = await answer.toArray()
    return { status: answer.statusCode ?? 0, headers: answer.headers, body: Buffer.concat(pieces), truncated: false }
  }
}
