import type { BuildInfo, CommonConfiguration, Settings } from '@mtls-gateway/service-kit'
import { ProgressBar, safeScreen, usesColour } from '@mtls-gateway/terminal'
import { type ExitCode, exitCodes } from './exit-codes.ts'

/** The service whose image the command is in: its settings are those that the command reads. */
export interface AdminService extends BuildInfo {
  readonly name: string
  /** Every variable that it reads. */
  readonly settings: Settings
  /** @throws CodedError `CONFIGURATION_INVALID` */
  readonly readConfiguration: (environment: NodeJS.ProcessEnv) => CommonConfiguration
  /** The same with the login of garbage collection at Vault, if there is one. @throws as {@link readConfiguration} */
  readonly garbageConfiguration?: (environment: NodeJS.ProcessEnv) => CommonConfiguration
  /** A folder with the policies of the Vault roles (ROLE.hcl). */
  readonly vaultPolicies: string
}

interface CommandStream {
  write(text: string | Uint8Array): unknown
  readonly isTTY?: boolean
  readonly columns?: number
}

export interface CommandStreams {
  readonly stdout: CommandStream
  readonly stderr: CommandStream
}

/** What a command has beside its arguments. */
export class AdminContext {
  readonly environment: NodeJS.ProcessEnv
  readonly service: AdminService
  readonly bar: ProgressBar
  /** Whether stdout shows colours. */
  readonly colour: boolean
  readonly streams: CommandStreams
  exitCode: ExitCode = exitCodes.done

  constructor(service: AdminService, environment: NodeJS.ProcessEnv, streams: CommandStreams) {
    this.service = service
    this.environment = environment
    this.streams = streams
    this.bar = new ProgressBar(streams.stderr)
    this.colour = usesColour(streams.stdout, environment)
  }

  /** The result, on stdout. */
  print(text: string): void {
    this.bar.clear()
    this.streams.stdout.write(`${safeScreen(text, this.colour)}\n`)
  }

  /** What goes wrong, or goes on, beside the result: on stderr. */
  note(text: string): void {
    this.bar.clear()
    this.streams.stderr.write(`${safeScreen(text, false)}\n`)
  }
}
