import { CodedError } from '@mtls-gateway/domain'
import type { FastifyReply, FastifyRequest } from 'fastify'
import type { Session } from './session.ts'
import type { SessionCookie } from './session-cookie.ts'

/** Renews the tokens of a session that is about to need it; returns the same one otherwise. */
export type Refresh = (session: Session) => Promise<Session>

/** Where sessions begin, are asked for, and end. */
export class SessionGate {
  readonly #cookie: SessionCookie
  readonly #refresh: Refresh

  constructor(cookie: SessionCookie, refresh: Refresh) {
    this.#cookie = cookie
    this.#refresh = refresh
  }

  /** @throws CodedError `SESSION_REQUIRED`, or why it could not be renewed */
  async require(request: FastifyRequest, reply: FastifyReply): Promise<Session> {
    const session = await this.#cookie.read(request.raw)
    if (session === undefined) throw this.refuse(request, reply)
    const fresh = await this.#refreshed(session, request, reply)
    if (fresh !== session) await this.begin(request, reply, fresh)
    return fresh
  }

  async peek(request: FastifyRequest): Promise<Session | undefined> {
    return this.#cookie.read(request.raw)
  }

  /** @throws CodedError `SESSION_TOO_LARGE` */
  async begin(request: FastifyRequest, reply: FastifyReply, session: Session): Promise<void> {
    void reply.header('set-cookie', await this.#cookie.write(request.raw, session))
  }

  end(request: FastifyRequest, reply: FastifyReply): void {
    const cleared = this.#cookie.clear(request.raw)
    // Those of a renewed session, which is over as well.
    void reply.removeHeader('set-cookie')
    if (cleared.length > 0) void reply.header('set-cookie', cleared)
  }

  /** Ends the session, because whoever knows its token has said so. */
  refuse(request: FastifyRequest, reply: FastifyReply): CodedError {
    this.end(request, reply)
    return new CodedError('SESSION_REQUIRED', 'You are not signed in, or your session has ended. Sign in again.')
  }

  async #refreshed(session: Session, request: FastifyRequest, reply: FastifyReply): Promise<Session> {
    try {
      return await this.#refresh(session)
    } catch (error) {
      if (error instanceof CodedError && error.code === 'SESSION_REQUIRED') throw this.refuse(request, reply)
      throw error
    }
  }
}
