import type { TargetAccess } from '@mtls-gateway/contract'
import { CliFailure } from '../cli-failure.ts'
import type { ShownAnswer } from '../output.ts'
import type { Connection } from './connection.ts'

/** What config-api says of a target. */
export interface AskedAccess extends ShownAnswer<TargetAccess> {
  /** The url is a pattern, so there is no target to ask about. */
  readonly isPattern: boolean
}

const aboutPatterns =
  'The targets of this pattern are checked when they are called. To check one now: mtls check --service-name NAME --url URL.'

/** Asks config-api whether the gateway may connect to a target. It never fails: what was asked for is done already. */
export async function askTargetAccess(
  { configApi }: Connection,
  serviceName: string | undefined,
  url: string,
): Promise<AskedAccess> {
  // Which hosts are called is not known before.
  if (/^https:\/\/\*\./i.test(url)) return { ...unknown(aboutPatterns), isPattern: true }
  return { ...(await targetAccess(configApi, serviceName, url)), isPattern: false }
}

async function targetAccess(
  configApi: Connection['configApi'],
  serviceName: string | undefined,
  url: string,
): Promise<ShownAnswer<TargetAccess>> {
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

/** The same answer with `targetAccess` in it: in its one entry, if it is a list. */
export function withTargetAccess<T>(answer: ShownAnswer<T>, access: AskedAccess): ShownAnswer<T> {
  const sent: object = JSON.parse(answer.text)
  const targetAccess: unknown = JSON.parse(access.text)
  const shown = Array.isArray(sent) ? [{ ...sent[0], targetAccess }] : { ...sent, targetAccess }
  return { ...answer, text: JSON.stringify(shown) }
}

function unknown(explanation: string): ShownAnswer<TargetAccess> {
  const body = { verdict: 'unknown', code: null, explanation } as const
  return { text: JSON.stringify(body), body }
}
