import type { NativeOptions } from './native-environment.ts'

/** What Jest tells its reporters, as far as it is used here. */
export interface ProjectConfig {
  readonly rootDir: string
  readonly displayName?: { readonly name: string }
  readonly testEnvironmentOptions: NativeOptions
}

export interface TestFile {
  readonly path: string
  /** How long it took the last time, in milliseconds. */
  readonly duration?: number
  readonly context: { readonly config: ProjectConfig }
}

export interface FileReport {
  readonly failureMessage?: string | null
  readonly numFailingTests: number
  readonly testResults: readonly { readonly fullName: string; readonly status: string }[]
  readonly console?: readonly { readonly message: string }[] | null
}

export interface RunReport {
  readonly numTotalTestSuites: number
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly numPendingTests: number
  readonly numTodoTests: number
  /** Files that could not be loaded. */
  readonly numRuntimeErrorTestSuites: number
  readonly testResults: readonly {
    readonly testFilePath: string
    readonly numPassingTests: number
    readonly numFailingTests: number
  }[]
}
