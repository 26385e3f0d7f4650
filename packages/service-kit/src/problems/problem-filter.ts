import { isCodedError } from '@mtls-gateway/domain'
import { type ArgumentsHost, Catch, type ExceptionFilter } from '@nestjs/common'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { breakOff } from '../connections/front-of-connection.ts'
import type { Log } from '../logging/log.ts'
import { requestContextOf } from '../request-context.ts'
import { logFailure } from './failure-log.ts'
import { problemOf } from './problem.ts'

/** Every error of a Nest service as `application/problem+json`. */
@Catch()
export class ProblemFilter implements ExceptionFilter {
  readonly #log: Log

  constructor(log: Log) {
    this.#log = log
  }

  catch(error: unknown, host: ArgumentsHost): void {
    const http = host.switchToHttp()
    sendProblem(error, http.getRequest<FastifyRequest>(), http.getResponse<FastifyReply>(), this.#log)
  }
}

export function sendProblem(error: unknown, request: FastifyRequest, reply: FastifyReply, log: Log): void {
  const context = requestContextOf(request.raw)
  const problem = problemOf(error, context.requestId)
  context.code = problem.body.code
  if (isCodedError(error)) context.refusal = error.refusal
  logFailure(log, error, problem)
  if (reply.raw.writableEnded) return
  // The status has gone out, or the answer was somebody else's: only a broken connection shows that it is incomplete.
  if (reply.raw.headersSent || reply.sent) breakOff(reply.raw)
  else void reply.status(problem.status).headers(problem.headers).send(JSON.stringify(problem.body))
}
