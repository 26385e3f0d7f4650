import { type Answer, ApprovalRequested, GatewayProblem, InvalidRequest, UnexpectedAnswer } from '@mtls-gateway/client'
import { safeValue } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'
import { ApprovalWaits } from './approval-waits.ts'
import { type Heard, type ServicePlace, stranger, unreachable } from './service-place.ts'
import { ServiceProblem } from './service-problem.ts'

interface Request {
  readonly ifMatch?: string | null | undefined
}

type Call = (request?: Request) => Promise<Answer<unknown>>

/** The same client, for people at a terminal: its answers are safe to print, and its failures are sentences. */
export function terminalClient<Client extends object>(client: Client, place: ServicePlace, heard: Heard): Client {
  const calls = Object.entries(client).map(([id, call]) => [id, terminalCall(call, place, heard)])
  // It has the same methods.
  return Object.fromEntries(calls) as Client
}

function terminalCall(call: Call, place: ServicePlace, heard: Heard): Call {
  return async (request) => {
    if (request?.ifMatch === null) throw stranger(place, 'its answer has no ETag, which a proxy may have taken out')
    const answer = await call(request).catch((error: unknown) => {
      if (error instanceof GatewayProblem || error instanceof ApprovalRequested) heard.from = place
      // The request lacks what it was to take from an answer.
      if (error instanceof InvalidRequest && heard.from !== undefined) throw error
      throw failureOf(error, place)
    })
    heard.from = place
    return { ...answer, body: safeValue(answer.body) }
  }
}

function failureOf(error: unknown, place: ServicePlace): CliFailure {
  if (error instanceof CliFailure) return error
  if (error instanceof GatewayProblem) return new ServiceProblem(error)
  if (error instanceof ApprovalRequested) return new ApprovalWaits(error)
  if (error instanceof InvalidRequest) return new CliFailure('wrongUse', `${error.message}.`, { cause: error })
  if (!(error instanceof UnexpectedAnswer)) return unreachable(place, error)
  const isGood = error.status >= 200 && error.status < 300
  return stranger(place, isGood ? 'its answer is no JSON' : `it answers ${error.status} without a problem document`)
}
