import { once } from 'node:events'
import { createServer, type IncomingMessage, type RequestListener, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly rawHeaders: readonly string[]
}

export interface ConfigApiDouble {
  readonly url: string
  readonly seen: SeenRequest[]
  /** Tokens that it takes, and whose they are. A JWT is taken for what it says. */
  readonly subjects: Map<string, string>
  /** It answers nothing but 500. */
  isBroken: boolean
  /** Answers everything but `/mtls/me`, invitations and health; `{"ok":true}` unless set. */
  answer: RequestListener
  close(): Promise<void>
}

/**
 * What the console sees of config-api, for answers that the real one gives only by accident. It stands at a real
 * socket; the browser tests have the real one.
 */
export async function startConfigApiDouble(): Promise<ConfigApiDouble> {
  const seen: SeenRequest[] = []
  const subjects = new Map([['token-of-ann', 'ann']])
  const server = createServer((request, response) => {
    const { method = '', url = '', headers, rawHeaders } = request
    if (double.isBroken) return json(response, 500, {})
    if (url === '/health/live') return void response.end('{}')
    seen.push({ method, url, headers, rawHeaders })
    const token = headers.authorization?.replace('Bearer ', '') ?? ''
    const { sub, exp } = claimsOf(token)
    const subject = subjects.get(token) ?? sub
    if (url.startsWith('/mtls/invitations/')) answerInvited(request, response)
    else if (url.startsWith('/mtls/handovers/')) double.answer(request, response)
    else if (subject === undefined) tell(response, 401, 'TOKEN_INVALID')
    else if (url === '/mtls/me') json(response, 200, identityOf(subject, exp))
    else double.answer(request, response)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  const double: ConfigApiDouble = {
    url: `http://127.0.0.1:${port}`,
    seen,
    subjects,
    isBroken: false,
    answer: (_request, response) => json(response, 200, { ok: true }),
    close: async () => {
      if (!server.listening) return
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
  return double
}

/** Describes and redeems one invitation, as often as it is asked. */
function answerInvited(request: IncomingMessage, response: ServerResponse): void {
  let text = ''
  request.setEncoding('utf8')
  request.on('data', (piece: string) => {
    text += piece
  })
  request.on('end', () => {
    if (JSON.parse(text).code !== 'welcome') return tell(response, 401, 'TOKEN_INVALID')
    const expiresAt = new Date(Date.now() + 3_600_000).toISOString()
    const described = {
      accountId: 'le123',
      scopes: ['mtls:read'],
      expiresAt,
      label: 'our supplier',
      invitedBy: 'https://login.example#ada',
    }
    json(response, 200, request.url?.endsWith('/redeem') ? { token: 'token-of-ann', ...described } : described)
  })
}

/** Unverified: a real config-api has the keys of the issuer. */
function claimsOf(token: string): { readonly sub?: string; readonly exp?: number } {
  const [, claims] = token.split('.')
  return claims === undefined ? {} : JSON.parse(Buffer.from(claims, 'base64url').toString('utf8'))
}

function identityOf(subject: string, exp = Date.now() / 1_000 + 3_600) {
  const expiresAt = new Date(exp * 1_000).toISOString()
  const kind = subject === 'guest' ? 'invitation' : 'bearer'
  return { subject, kind, accounts: ['le123'], scopes: ['mtls:read', 'mtls:write'], expiresAt }
}

export function json(response: ServerResponse, status: number, body: unknown): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

export function tell(response: ServerResponse, status: number, code: string): void {
  const body = JSON.stringify({ status, code, detail: `The double says ${code}.` })
  response.writeHead(status, { 'content-type': 'application/problem+json' }).end(body)
}
