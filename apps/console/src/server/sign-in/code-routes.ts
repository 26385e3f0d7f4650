import { randomUUID } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { CodedError } from '@mtls-gateway/domain'
import { type Log, readJsonBody } from '@mtls-gateway/service-kit'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import type { GatewayService } from '../gateway/gateway-service.ts'
import { expiryOf, identityOf, isRefusedToken, ownerOf } from '../gateway/identity.ts'
import type { ServiceProxy } from '../gateway/service-proxy.ts'
import { requireOwnPage } from '../http/own-page.ts'
import { endOf, type SessionKind } from '../session/session.ts'
import type { SessionGate } from '../session/session-gate.ts'
import { describeInvitation, redeemInvitation } from './invitations.ts'
import { invalidCode, type SignInCodes } from './sign-in-codes.ts'

export interface CodeRouteParts {
  readonly configApi: GatewayService
  readonly proxy: ServiceProxy
  readonly gate: SessionGate
  /** What `mtls console` prints. */
  readonly links: SignInCodes
  /** What a page gets for the code of a link, to sign in with once the person has agreed. */
  readonly confirmations: SignInCodes
  readonly lifetimeMs: number
  readonly log: Log
  readonly onSignIn: (via: SessionKind) => void
  /** Where people open the console. */
  readonly publicUrl: () => string
}

/** A code with a token of any provider. */
const mostBytes = 32_768

/**
 * Ways in without an identity provider: the link of `mtls console`, and invitations. Anybody can have such a link made
 * for themselves and lead a browser to it. So the page first learns whom it would sign in, and no code of a link is
 * good for a session: a press of a button is.
 */
export function codeRoutes(app: FastifyInstance, parts: CodeRouteParts): void {
  const { configApi, proxy, gate, links, confirmations, log } = parts

  app.post('/console/sign-in-codes', async (request, reply) => {
    const token = bearerOf(request.raw)
    const identity = await identityOf(configApi, proxy.callerOf(request, token))
    const { code, expiresAt } = await links.make(ownerOf(identity), token, expiryOf(identity))
    log.info({ event: 'sign-in-code-made', subject: identity.subject })
    return reply.status(201).send({ code, expiresAt, url: `${parts.publicUrl()}/sign-in#code=${code}` })
  })

  app.post('/console/sign-in-codes/exchange', async (request) => {
    requireOwnPage(request.raw)
    const code = await codeOf(request.raw)
    const { token } = await links.read(code)
    const { subject, accounts, scopes } = await identityOf(configApi, proxy.callerOf(request, token)).catch(
      (error: unknown) => {
        throw isRefusedToken(error) ? invalidCode() : error
      },
    )
    // Only now: while config-api is down, no link is used up.
    const { owner, tokenExpiresAt } = await links.use(code)
    const confirmation = await confirmations.make(owner, token, tokenExpiresAt)
    const expiresAt = new Date(endOf({ tokenExpiresAt, endsAt: Date.now() + parts.lifetimeMs })).toISOString()
    return { confirmation: confirmation.code, subject, accounts, scopes, expiresAt }
  })

  app.post('/console/session/confirmation', async (request, reply) => {
    requireOwnPage(request.raw)
    const { owner, token, tokenExpiresAt } = await confirmations.use(await codeOf(request.raw))
    const endsAt = Date.now() + parts.lifetimeMs
    await gate.begin(request, reply, { id: randomUUID(), via: 'link', owner, token, tokenExpiresAt, endsAt })
    parts.onSignIn('link')
    log.info({ event: 'signed-in', via: 'link' })
    return reply.status(204).send()
  })

  app.post('/console/invitations/describe', async (request) => {
    requireOwnPage(request.raw)
    return describeInvitation(configApi, proxy.callerOf(request), await codeOf(request.raw))
  })

  app.post('/console/session/invitation', async (request, reply) => {
    requireOwnPage(request.raw)
    const invited = await redeemInvitation(configApi, proxy.callerOf(request), await codeOf(request.raw))
    const { token, label, accountId } = invited
    const tokenExpiresAt = expiryOf(invited)
    // An invitation says itself how long it lasts: nobody could sign in again.
    const endsAt = tokenExpiresAt ?? Date.now() + parts.lifetimeMs
    const owner = ownerOf({ kind: 'invitation', subject: label, accounts: [accountId] })
    const session = { id: randomUUID(), via: 'invitation', owner, token, tokenExpiresAt, endsAt, label } as const
    await gate.begin(request, reply, session)
    parts.onSignIn('invitation')
    log.info({ event: 'signed-in', via: 'invitation' })
    return reply.status(204).send()
  })
}

/** @throws CodedError `CREDENTIALS_MISSING` */
function bearerOf({ headers }: IncomingMessage): string {
  const [, token] = /^Bearer ([\w.~+/=-]+)$/i.exec(headers.authorization ?? '') ?? []
  if (token !== undefined) return token
  throw new CodedError('CREDENTIALS_MISSING', 'A code is made for a token: send it as Authorization: Bearer.')
}

const bodySchema = z.strictObject({ code: z.string().min(1).max(mostBytes) })

/** @throws CodedError `MALFORMED_JSON`, `VALIDATION_FAILED`, `BODY_TOO_LARGE` */
async function codeOf(request: IncomingMessage): Promise<string> {
  const body = bodySchema.safeParse(await readJsonBody(request, mostBytes, undefined))
  if (body.success) return body.data.code
  throw new CodedError('VALIDATION_FAILED', 'Send {"code": "..."}.')
}
