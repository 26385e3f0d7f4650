import { safeJson, safeScreen, usesColour } from '@mtls-gateway/terminal'
import { type ExitCode, exitCodes } from './exit-codes.ts'

/** An answer as it came, and as views take it: its texts are safe on a terminal. */
export interface ShownAnswer<T> {
  readonly text: string
  readonly body: T
  /** A change is made, but forwarders may see it late (`LP-change-notice: delayed`). */
  readonly isDelayed?: boolean
}

interface OutputStream {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface OutputStreams {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** For `NO_COLOR`. */
  readonly environment: NodeJS.ProcessEnv
}

const delayNote = 'The change is made, but its notice is delayed: forwarders may take up to 5 minutes to see it.'

/** Shows the results of commands: the only way to the terminal, except for the raw bytes of a forwarded body. */
export class Output {
  readonly stdout: OutputStream
  readonly stderr: OutputStream
  /** Whether stdout shows colours. */
  readonly colour: boolean
  /** Whether stderr shows colours. */
  readonly errorColour: boolean
  /** With `--json` stdout has the answers of the API as JSON, and nothing else. */
  json = false
  exitCode: ExitCode = exitCodes.done

  constructor({ stdout, stderr, environment }: OutputStreams) {
    this.stdout = stdout
    this.stderr = stderr
    this.colour = usesColour(stdout, environment)
    this.errorColour = usesColour(stderr, environment)
  }

  /** An answer as it is with `--json`, else as the text that `render` makes of it. */
  answer<T>({ text, body, isDelayed }: ShownAnswer<T>, render: (body: T) => string): void {
    if (this.json) this.jsonText(text)
    else this.text(render(body))
    if (isDelayed) this.complain(delayNote)
  }

  text(text: string): void {
    this.stdout.write(`${safeScreen(text, this.colour)}\n`)
  }

  /** Valid JSON, or YAML that has in quotes what is escaped here, as it is. */
  jsonText(json: string): void {
    this.stdout.write(`${safeJson(json.trimEnd())}\n`)
  }

  /** What goes wrong, or goes on, beside the result. */
  complain(text: string): void {
    this.stderr.write(`${safeScreen(text, this.errorColour)}\n`)
  }
}
