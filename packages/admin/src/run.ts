import { CommanderError } from '@commander-js/extra-typings'
import { isCodedError } from '@mtls-gateway/domain'
import { isStoreError } from '@mtls-gateway/secret-store'
import { withoutHelpOfNone } from '@mtls-gateway/terminal'
import type { AdminContext, ExaminedService } from './admin-context.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { type CreateCommand, createProgram } from './program.ts'

/** Runs one command with its arguments; whatever goes wrong is told to the operator. The exit code. */
export async function run<Service extends ExaminedService>(
  args: readonly string[],
  context: AdminContext<Service>,
  commands: readonly CreateCommand<Service>[],
): Promise<ExitCode> {
  try {
    const program = createProgram(context, commands)
    await program.parseAsync([...withoutHelpOfNone(args, program)], { from: 'user' })
    return context.exitCode
  } catch (error) {
    // Commander has said already what it had to say: the help, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.notRun
    context.note(sentencesOf(error))
    return exitCodes.notRun
  }
}

/** Our own sentence, followed by what the store or the file system said. Neither holds a secret. */
function sentencesOf(error: unknown): string {
  if (!isCodedError(error) && !isStoreError(error)) return stackOf(error)
  const { cause } = error
  const reason = cause instanceof Error && !error.message.includes(cause.message) ? `\n${cause.message}` : ''
  return `${error.message}${reason}`
}

function stackOf(error: unknown): string {
  // An error of the file system names the file, and its stack would tell an operator nothing.
  if (error instanceof Error && 'syscall' in error) return `${error.message}.`
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
