import type { ReportedProblem } from '@mtls-gateway/contract'
import { paint } from '@mtls-gateway/terminal'

/** `told` is a message that the user has read already. */
export function findingLines(findings: readonly ReportedProblem[], colour: boolean, told?: string): readonly string[] {
  return findings.flatMap(({ severity, code, message, fix = '' }) => [
    ...(message === told ? [] : [`${paint(severity, severity === 'error' ? 31 : 33, colour)} ${code}: ${message}`]),
    ...fix
      .split('\n')
      .filter((line) => line !== '')
      .map((line) => `  $ ${line}`),
  ])
}
