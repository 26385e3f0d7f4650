import type { BuildInfo, CommonConfiguration, Environment, Settings } from '@mtls-gateway/service-kit'
import { ProgressBar, safeScreen, usesColour } from '@mtls-gateway/terminal'
import { type ExitCode, exitCodes } from './exit-codes.ts'
import type { Finding } from './finding.ts'

/** What `doctor` finds in a process with these variables. */
export type ExaminedProcess = (environment: Environment) => Promise<readonly Finding[]>

/** The service whose image the command is in: its settings are those that the command reads. */
export interface ExaminedService extends BuildInfo {
  readonly name: string
  /** Every variable that it reads. */
  readonly settings: Settings
  /** What `doctor` can examine, by name: the service itself, and others of its image. Loaded when it is examined. */
  readonly processes: Readonly<Record<string, () => Promise<ExaminedProcess>>>
}

/** A service with a store, which most commands are about. */
export interface AdminService extends ExaminedService {
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
export class AdminContext<Service extends ExaminedService = AdminService> {
  readonly environment: NodeJS.ProcessEnv
  readonly service: Service
  readonly bar: ProgressBar
  /** Whether stdout shows colours. */
  readonly colour: boolean
  readonly streams: CommandStreams
  exitCode: ExitCode = exitCodes.done
  /** Asks whoever runs the command; undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<string>) | undefined

  constructor(
    service: Service,
    environment: NodeJS.ProcessEnv,
    streams: CommandStreams,
    ask?: (question: string) => Promise<string>,
  ) {
    this.service = service
    this.environment = environment
    this.streams = streams
    this.ask = ask
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

/** For commands that need no store. */
export type DoctorContext = AdminContext<ExaminedService>
