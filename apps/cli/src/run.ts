import { CommanderError } from '@commander-js/extra-typings'
import { withoutHelpOfNone } from '@mtls-gateway/terminal'
import type { CliContext } from './cli-context.ts'
import { CliFailure } from './cli-failure.ts'
import { FaultyDocument } from './declared/faulty-document.ts'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import { ApprovalWaits } from './http/approval-waits.ts'
import { stranger } from './http/service-place.ts'
import { ServiceProblem } from './http/service-problem.ts'
import { createProgram } from './program.ts'
import { showWaiting } from './views/approval-text.ts'
import { problemText } from './views/problem-text.ts'

/** Runs one command with its arguments; whatever goes wrong is told to the user. The exit code. */
export async function run(args: readonly string[], context: CliContext): Promise<ExitCode> {
  try {
    const program = createProgram(context)
    await program.parseAsync([...withoutHelpOfNone(args, program)], { from: 'user' })
    return context.output.exitCode
  } catch (error) {
    const exitCode = exitCodeOf(error, context)
    // By 2 it says that there is something to do, which no mistake in its arguments may look like.
    return args[0] === 'diff' && exitCode === exitCodes.wrongUse ? exitCodes.refused : exitCode
  }
}

function exitCodeOf(error: unknown, context: CliContext): ExitCode {
  // Commander has said already what it had to say: the help, or what is wrong with the arguments.
  if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.wrongUse
  return tell(error, context)
}

function tell(error: unknown, context: CliContext): ExitCode {
  try {
    if (!(error instanceof CliFailure)) throw error
    show(error, context)
    return error.exitCode
  } catch (cause) {
    const failure = unreadable(cause, context)
    show(failure, context)
    return failure.exitCode
  }
}

/**
 * Answers are not checked against the contract: one of another shape is noticed where something of it is missing, or it
 * is nested too deep.
 */
function unreadable(error: unknown, { heard }: CliContext): CliFailure {
  const isOfShape = error instanceof TypeError || error instanceof RangeError
  if (!isOfShape || heard.from === undefined) throw error
  return stranger(heard.from, `its answer has another shape (${error.message})`)
}

function show(failure: CliFailure, { output }: CliContext): void {
  if (failure instanceof FaultyDocument && output.json) output.jsonText(failure.json)
  else if (failure instanceof ApprovalWaits) showWaiting(failure, output)
  else if (!(failure instanceof ServiceProblem)) output.complain(failure.message)
  else if (output.json) output.answer(failure.answer, () => '')
  else output.complain(problemText(failure.answer.body, output.errorColour))
}
