import { type Log, logFailure, problemOf, requestContextOf } from '@mtls-gateway/service-kit'
import type { FastifyReply, FastifyRequest } from 'fastify'

/** Any error as `application/problem+json`. */
export function answerProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const context = requestContextOf(request.raw)
  const problem = problemOf(error, context.requestId)
  context.code = problem.body.code
  logFailure(log, error, problem)
  if (reply.raw.writableEnded) return
  // Part of another answer has gone out: only a broken connection shows that it is incomplete.
  if (reply.raw.headersSent) reply.raw.destroy()
  else void reply.status(problem.status).headers(problem.headers).send(JSON.stringify(problem.body))
}
