import type { TargetAccess } from '@mtls-gateway/contract'
import { CliFailure } from '../cli-failure.ts'
import type { ShownAnswer } from '../output.ts'
import type { Connection } from '../settings/connection.ts'

/** Asks config-api whether the gateway may connect to a target. It never fails: what was asked for is done already. */
export async function askTargetAccess(
  { configApi }: Connection,
  serviceName: string,
  url: string,
): Promise<ShownAnswer<TargetAccess>> {
  if (/^https:\/\/\*\./i.test(url)) {
    return unknown('It depends on the host of the call. Ask for one: mtls check --url URL.')
  }
  try {
    const { text, body } = await configApi.explainMapping({ body: { serviceName, url } })
    // A config-api of before does not say.
    if (body.targetAccess === undefined) return unknown('This config-api does not tell.')
    const raw = JSON.parse(text) as { readonly targetAccess: unknown }
    return { text: JSON.stringify(raw.targetAccess), body: body.targetAccess }
  } catch (error) {
    if (!(error instanceof CliFailure)) throw error
    return unknown(error.message)
  }
}

/** A list with one entry, to which the entry's `targetAccess` is added. */
export function withTargetAccess<T>(answer: ShownAnswer<readonly T[]>, access: ShownAnswer<unknown>) {
  const [entry] = JSON.parse(answer.text) as readonly object[]
  return { ...answer, text: JSON.stringify([{ ...entry, targetAccess: JSON.parse(access.text) }]) }
}

function unknown(explanation: string): ShownAnswer<TargetAccess> {
  const body = { verdict: 'unknown', code: null, explanation } as const
  return { text: JSON.stringify(body), body }
}
