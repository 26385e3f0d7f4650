import { CliFailure } from '../cli-failure.ts'
import type { InputContext } from './inputs.ts'

/**
 * Asks before something is deleted, unless `--yes` says so already.
 * @param what it is, such as `the mapping "m1"`
 * @throws CliFailure where the user does not want it, or can't be asked
 */
export async function confirmDeletion({ inputs }: InputContext, what: string, yes: boolean | undefined): Promise<void> {
  if (yes) return
  if (!inputs.isTerminal) {
    throw new CliFailure(
      'wrongUse',
      `Nothing was deleted: there is no terminal to ask on. Add --yes to delete ${what}.`,
    )
  }
  if (!(await inputs.askYesNo(`Delete ${what}?`))) throw new CliFailure('refused', 'Nothing was deleted.')
}
