import type { TargetAccess } from '@mtls-gateway/contract'
import type { AskedAccess } from '../http/target-access.ts'

/** What there is to say of a target; undefined where calls are let through, or config-api is one that does not tell. */
export function targetAccessLine(access: TargetAccess | undefined): string | undefined {
  if (access === undefined || access.verdict === 'allowed') return undefined
  const { verdict, code, explanation } = access
  if (verdict === 'refused') return `Calls fail with ${code}: ${explanation}`
  const why = code === null ? explanation : `${code}: ${explanation}`
  return `Whether the gateway may connect to the target is not known. ${why}`
}

/** The same for what was asked about a url; about a pattern there is always something to say. */
export function askedAccessLine({ body, isPattern }: AskedAccess): string | undefined {
  return isPattern ? body.explanation : targetAccessLine(body)
}
