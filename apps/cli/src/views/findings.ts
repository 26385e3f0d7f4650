import { paint } from '@mtls-gateway/terminal'

/** What the key tester says of a file. */
export interface Finding {
  readonly severity: 'error' | 'warning'
  readonly code: string
  readonly message: string
  /** The commands that mend it, a line each. */
  readonly fix?: string
}

/** `told` is a message that the user has read already. */
export function findingLines(findings: readonly Finding[], colour: boolean, told?: string): readonly string[] {
  return findings.flatMap(({ severity, code, message, fix = '' }) => [
    ...(message === told ? [] : [`${paint(severity, severity === 'error' ? 31 : 33, colour)} ${code}: ${message}`]),
    ...fix
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `  $ ${line}`),
  ])
}
