import { type Account, type Command, emptyAccount } from '../src/index.ts'
import { accountId } from './account-fixtures.ts'

/** The account after commands, from an empty one on. */
export function after(...commands: readonly Command<unknown>[]): Account {
  return commands.reduce((account, command) => command(account).account, emptyAccount(accountId))
}

export function errorOf(action: () => unknown): { code: string; message: string; details: Record<string, unknown> } {
  try {
    action()
  } catch (error) {
    return error as { code: string; message: string; details: Record<string, unknown> }
  }
  throw new Error('nothing was thrown')
}
