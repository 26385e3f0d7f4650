import type { ServerResponse } from 'node:http'
import { text } from 'node:stream/consumers'
import type { TLSSocket } from 'node:tls'
import type { TargetHandler } from '@mtls-gateway/test-kit'

/** What a token was asked for with, and over which certificate. */
export interface Grant {
  readonly clientId: string
  readonly scope: string
  /** SHA-256 of the certificate that was presented, lower-case hex. */
  readonly fingerprint: string
}

/**
 * A token endpoint at `/token`. Everything else is a target that takes only tokens of this endpoint, over the
 * certificate that they are bound to: `/CLIENT/SCOPE/...` is for one client and scope, and `/open` for all.
 */
export class Bank {
  /** In the order in which they came. */
  readonly grants: Grant[] = []
  /** `expires_in`; undefined: it says nothing. */
  lifetimeSeconds: number | undefined = 3_600
  /** What the endpoint does in place of giving a token. */
  instead: ((response: ServerResponse, give: () => void) => void) | undefined

  readonly handler: TargetHandler = async (request, response) => {
    const fingerprint = presented(request.socket as TLSSocket)
    const body = await text(request)
    if (request.url === '/token') return this.#answer(new URLSearchParams(body), fingerprint, response)
    if (request.url === '/open') return end(response, 200, {})
    const [, clientId, scope] = (request.url ?? '').split('/')
    const token = grantOf(request.headers.authorization)
    const isRight = token?.clientId === clientId && token?.scope === scope && token?.fingerprint === fingerprint
    end(response, isRight ? 200 : 401, { token: token ?? null, fingerprint })
  }

  #answer(form: URLSearchParams, fingerprint: string, response: ServerResponse): void {
    const grant = { clientId: form.get('client_id') ?? '', scope: form.get('scope') ?? '', fingerprint }
    this.grants.push(grant)
    const give = () =>
      end(response, 200, {
        access_token: tokenFor(grant, this.grants.length),
        token_type: 'Bearer',
        scope: grant.scope,
        expires_in: this.lifetimeSeconds,
      })
    if (this.instead) this.instead(response, give)
    else give()
  }
}

function end(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

/** A JWT as RFC 8705 binds it, but for its signature. */
function tokenFor({ clientId, scope, fingerprint }: Grant, number: number): string {
  const thumbprint = Buffer.from(fingerprint, 'hex').toString('base64url')
  const claims = { client_id: clientId, scope, cnf: { 'x5t#S256': thumbprint }, jti: String(number) }
  return [{ alg: 'none' }, claims, 'signature']
    .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
    .join('.')
}

function grantOf(authorization = ''): Grant | undefined {
  const [, claims] = authorization.split('.')
  if (claims === undefined) return undefined
  const { client_id: clientId, scope, cnf } = JSON.parse(Buffer.from(claims, 'base64url').toString())
  return { clientId, scope, fingerprint: Buffer.from(cnf['x5t#S256'], 'base64url').toString('hex') }
}

function presented(socket: TLSSocket): string {
  return socket.getPeerX509Certificate()?.fingerprint256.replaceAll(':', '').toLowerCase() ?? ''
}
