import { CodedError } from '@mtls-gateway/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { endOf, type Session } from './session.ts'
import type { Found, SessionCookie } from './session-cookie.ts'
import type { SignedOut } from './signed-out.ts'

/** Renews the tokens of a session that is about to need it; returns the same one otherwise. */
export type Refresh = (session: Session) => Promise<Session>

export interface SessionGateParts {
  readonly cookie: SessionCookie
  readonly refresh: Refresh
  readonly signedOut: SignedOut
  /** Makes tokens void that nobody is to use any more. Never rejects. */
  readonly discard: (session: Session) => Promise<void>
}

/** Where sessions begin, are asked for, and end. */
export class SessionGate {
  readonly #cookie: SessionCookie
  readonly #refresh: Refresh
  readonly #signedOut: SignedOut
  readonly #discard: SessionGateParts['discard']
  readonly #renewed = new WeakMap<FastifyRequest, Session>()

  constructor({ cookie, refresh, signedOut, discard }: SessionGateParts) {
    this.#cookie = cookie
    this.#refresh = refresh
    this.#signedOut = signedOut
    this.#discard = discard
  }

  /** @throws CodedError why there is none (`SESSION_REQUIRED`, `SESSION_EXPIRED`, ...), or could not be renewed */
  async require(request: FastifyRequest, reply: FastifyReply): Promise<Session> {
    const found = await this.#cookie.find(request.raw)
    if (found.is !== 'good') throw await this.#missing(found, request, reply)
    const { session } = found
    const fresh = await this.#refreshed(session, request, reply)
    if (fresh !== session) {
      this.#renewed.set(request, fresh)
      await this.begin(request, reply, fresh)
    }
    return fresh
  }

  /** Before an answer goes out: it must not renew a session that was ended meanwhile. */
  async settle(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const renewed = this.#renewed.get(request)
    if (renewed === undefined || !(await this.#signedOut.has(renewed))) return
    this.end(request, reply)
    await this.#discard(renewed)
  }

  /** @throws CodedError `SESSION_TOO_LARGE` */
  async begin(request: FastifyRequest, reply: FastifyReply, session: Session): Promise<void> {
    void reply.header('set-cookie', await this.#cookie.write(request.raw, session))
  }

  /** Ends the session because its owner has said so. */
  async signOut(request: FastifyRequest, reply: FastifyReply): Promise<Session | undefined> {
    const session = await this.#cookie.read(request.raw)
    this.end(request, reply)
    if (session !== undefined) await this.#signedOut.add(session)
    return session
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    const cleared = this.#cookie.clear(request.raw)
    // Those of a renewed session, which is over as well.
    void reply.removeHeader('set-cookie')
    if (cleared.length > 0) void reply.header('set-cookie', cleared)
  }

  /** Ends the session, because whoever knows its token has said so. */
  refuse(request: FastifyRequest, reply: FastifyReply, session: Session, code: string): CodedError {
    this.end(request, reply)
    if (code === 'TOKEN_EXPIRED') return expired(session)
    return new CodedError(
      'SESSION_REVOKED',
      'Your session was ended before it expired: what you signed in with is no longer accepted. Sign in again.',
      { details: detailsOf(session) },
    )
  }

  async #missing(
    found: Exclude<Found, { readonly is: 'good' }>,
    request: FastifyRequest,
    reply: FastifyReply,
  ): Promise<CodedError> {
    if (found.is === 'expired') {
      // The cookie stays, so that the next page can say it again, but nobody needs what was a credential.
      if (found.session.token !== '') await this.begin(request, reply, withoutTokens(found.session))
      return expired(found.session)
    }
    this.end(request, reply)
    if (found.is === 'none') return new CodedError('SESSION_REQUIRED', 'You are not signed in. Sign in first.')
    return new CodedError(
      'SESSION_UNREADABLE',
      'The console can not open your session: since you signed in, it has got another key. Sign in again.',
    )
  }

  async #refreshed(session: Session, request: FastifyRequest, reply: FastifyReply): Promise<Session> {
    try {
      return await this.#refresh(session)
    } catch (error) {
      if (error instanceof CodedError && error.code === 'SESSION_REQUIRED') {
        throw this.refuse(request, reply, session, error.code)
      }
      throw error
    }
  }
}

/** When it ended stays the same. */
function withoutTokens(session: Session): Session {
  const { id, via, owner, label } = session
  return {
    id,
    via,
    owner,
    token: '',
    tokenExpiresAt: null,
    endsAt: endOf(session),
    ...(label !== undefined && { label }),
  }
}

function expired(session: Session): CodedError {
  return new CodedError('SESSION_EXPIRED', 'Your session has expired. Sign in again.', { details: detailsOf(session) })
}

/** For the page, to say whose session it was, and until when. */
function detailsOf(session: Session): Readonly<Record<string, unknown>> {
  const { via, label } = session
  return { via, ...(label !== undefined && { label }), expiresAt: new Date(endOf(session)).toISOString() }
}
