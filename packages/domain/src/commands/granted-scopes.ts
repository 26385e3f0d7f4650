import type { Scope } from '../callers/scopes.ts'
import { CodedError } from '../errors/coded-error.ts'

/**
 * Nobody gives away more than they may.
 * @param what begins the sentence of the refusal
 * @throws CodedError `SCOPE_NOT_GRANTABLE`
 */
export function refuseOtherScopes(asked: readonly Scope[], grantable: readonly Scope[], what: string): void {
  const scope = asked.find((candidate) => !grantable.includes(candidate))
  if (scope === undefined) return
  const may = grantable.length === 0 ? 'no scope' : `only ${grantable.join(' and ')}`
  throw new CodedError('SCOPE_NOT_GRANTABLE', `${what} can have ${may} here, not ${scope}.`, { details: { scope } })
}
