import { type Account, type Command, createCertificates, createMappings, emptyAccount } from '../src/index.ts'
import { accountId, context, newCertificate, newMapping } from './account-fixtures.ts'

/** The account after commands, from an empty one on. */
export function after(...commands: readonly Command<unknown>[]): Account {
  return commands.reduce((account, command) => command(account).account, emptyAccount(accountId))
}

/** Two mappings, 10 and 11, of one certificate. */
export function withMappings(): Account {
  return after(
    createCertificates(context(), [newCertificate(1, 'c1')]),
    createMappings(context('change-2'), [newMapping(10, 'm1', 1), newMapping(11, 'm2', 1)]),
  )
}

export function errorOf(action: () => unknown): { code: string; message: string; details: Record<string, unknown> } {
  try {
    action()
  } catch (error) {
    return error as { code: string; message: string; details: Record<string, unknown> }
  }
  throw new Error('nothing was thrown')
}
