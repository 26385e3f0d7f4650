import { CommanderError } from '@commander-js/extra-typings'
import type { CliContext } from './cli-context.ts'
import { CliFailure } from './cli-failure.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { ServiceProblem } from './http/service-problem.ts'
import { createProgram } from './program.ts'
import { problemText } from './views/problem-text.ts'

/** Runs one command with its arguments; whatever goes wrong is told to the user. The exit code. */
export async function run(args: readonly string[], context: CliContext, version: string): Promise<ExitCode> {
  try {
    await createProgram(context, version).parseAsync([...args], { from: 'user' })
    return context.output.exitCode
  } catch (error) {
    // Commander has said already what it had to say: the help, or what is wrong with the arguments.
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse
    if (!(error instanceof CliFailure)) throw error
    tell(error, context)
    return error.exitCode
  }
}

function tell(failure: CliFailure, { output }: CliContext): void {
  if (!(failure instanceof ServiceProblem)) output.complain(failure.message)
  else if (output.json) output.answer(failure.answer, () => '')
  else output.complain(problemText(failure.answer.body, output.errorColour))
}
