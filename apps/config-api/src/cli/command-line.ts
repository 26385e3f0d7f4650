import { CodedError, isCodedError } from '@mtls-gateway/domain'
import { ProgressBar, safeText } from '@mtls-gateway/terminal'

/** What a command gets besides its arguments and its environment. */
export interface CommandContext {
  readonly environment: NodeJS.ProcessEnv
  readonly bar: ProgressBar
}

/** The outcome of a command. */
export interface CommandResult {
  /** For stdout. */
  readonly output: string
  /** 0 unless given. */
  readonly exitCode?: number
}

export type Command = (args: readonly string[], context: CommandContext) => Promise<CommandResult>

/** Exit codes besides 0 and those of a command. */
const failedToRun = 2

/** Runs a command with this process's arguments and environment: its output on stdout, anything else on stderr. */
export async function runCommand(command: Command): Promise<void> {
  const bar = new ProgressBar(process.stderr)
  try {
    const { output, exitCode = 0 } = await command(process.argv.slice(2), { environment: process.env, bar })
    bar.clear()
    console.log(safeText(output))
    process.exitCode = exitCode
  } catch (error) {
    bar.clear()
    console.error(safeText(sentencesOf(error)))
    process.exitCode = failedToRun
  }
}

/** @throws CodedError `VALIDATION_FAILED` with what `parseArgs` found */
export function parsed<T>(parse: () => T): T {
  try {
    return parse()
  } catch (error) {
    throw new CodedError('VALIDATION_FAILED', `${(error as Error).message} (--help tells more.)`, { cause: error })
  }
}

/** Our own sentence, followed by what the store or the file system said. Neither holds a secret. */
function sentencesOf(error: unknown): string {
  if (!isCodedError(error)) return error instanceof Error ? (error.stack ?? error.message) : String(error)
  const { cause } = error
  const reason = cause instanceof Error && !error.message.includes(cause.message) ? `\n${cause.message}` : ''
  return `${error.message}${reason}`
}
