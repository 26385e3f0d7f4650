import {
  type Account,
  type Certificate,
  type Command,
  type PlanChoices,
  type PlanPosition,
  planPosition,
  setPlan,
} from '../src/index.ts'
import { certificateId, context } from './account-fixtures.ts'
import { withMappings } from './applying.ts'

/** An account after commands whose one certificate, with two mappings, renews itself. */
export function accountWithPlan(choices: PlanChoices, ...commands: readonly Command<unknown>[]): Account {
  const set = setPlan(context('p'), certificateId(1), choices)
  return [set, ...commands].reduce((account, command) => command(account).account, withMappings())
}

/** The first certificate of an account. */
export function certificateOf({ certificates: [certificate] }: Account): Certificate {
  if (!certificate) throw new Error('there is none')
  return certificate
}

/** Where its plan stands. @param at milliseconds since 1970 */
export function position(account: Account, at = Date.parse(context().at)): PlanPosition | undefined {
  return planPosition(certificateOf(account), account.mappings, at)
}
