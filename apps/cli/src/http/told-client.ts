import { type Answer, GatewayProblem, UnexpectedAnswer } from '@mtls-gateway/client'
import { safeValue } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'
import { type ServicePlace, stranger, unreachable } from './service-place.ts'
import { ServiceProblem } from './service-problem.ts'

type Call = (request: unknown) => Promise<Answer<unknown>>

/** The same client, for people: its answers are safe on a terminal, and its failures are those that users are told. */
export function toldClient<Client extends object>(client: Client, place: ServicePlace): Client {
  const told = Object.entries(client).map(([id, call]) => [id, toldCall(call, place)])
  // It has the same methods.
  return Object.fromEntries(told) as Client
}

function toldCall(call: Call, place: ServicePlace): Call {
  return async (request) => {
    try {
      const answer = await call(request)
      return { ...answer, body: safeValue(answer.body) }
    } catch (error) {
      throw failureOf(error, place)
    }
  }
}

function failureOf(error: unknown, place: ServicePlace): CliFailure {
  if (error instanceof CliFailure) return error
  if (error instanceof GatewayProblem) return new ServiceProblem(error)
  if (!(error instanceof UnexpectedAnswer)) return unreachable(place, error)
  const isGood = error.status >= 200 && error.status < 300
  return stranger(place, isGood ? 'its answer is no JSON' : `it answers ${error.status} without a problem document`)
}
