import { GatewayProblem } from '@mtls-gateway/client'

/** The problem by which a call is refused; anything else, a success too, is thrown. */
export async function problemOf(call: Promise<unknown>): Promise<GatewayProblem> {
  const error = await call.then(
    () => new Error('it was no problem'),
    (reason: unknown) => reason,
  )
  if (!(error instanceof GatewayProblem)) throw error
  return error
}
