import { examine } from '../../src/examine/examine.ts'
import type { Examination, KeyMaterialInput } from '../../src/index.ts'

/** Examines in this process, with all the iterations that a file may have. */
export function examineHere(input: KeyMaterialInput, now = new Date()): Examination {
  return examine(input, { allowance: 5_000_000, now })
}

export function examineP12(bytes: Uint8Array, password?: string): Examination {
  return examineHere(password === undefined ? { kind: 'pkcs12', bytes } : { kind: 'pkcs12', bytes, password })
}

/** The codes of an examination's problems, of one severity if given. */
export function codes({ report }: Examination, severity?: 'error' | 'warning'): string[] {
  return report.problems
    .filter((problem) => severity === undefined || problem.severity === severity)
    .map(({ code }) => code)
}
