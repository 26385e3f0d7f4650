import type { Certificate } from '../certificate/certificate.ts'
import type { PrivateKey } from '../certificate/private-key.ts'
import { Fault } from '../report/fault.ts'
import type { ContainerReport, Examination, Problem, TestReport } from '../report/report.ts'

/** A report in progress. Its findings stay, even if a later step fails. */
export class ReportDraft {
  readBy: TestReport['readBy'] = null
  container: ContainerReport | null = null
  keys: readonly PrivateKey[] = []
  chain: readonly Certificate[] = []
  eidas: TestReport['eidas']
  keyMatchesCertificate = false
  readableByJava: TestReport['readableByJava'] = []
  javaCompliant = false
  readonly problems: Problem[] = []

  get usable(): boolean {
    return this.problems.every(({ severity }) => severity !== 'error')
  }

  /** The value of a step, or undefined if it found a fault, which is added to the report. */
  attempt<T>(step: () => T): T | undefined {
    try {
      return step()
    } catch (error) {
      if (!(error instanceof Fault)) throw error
      this.problems.push(error.problem)
      return undefined
    }
  }

  finish(): TestReport {
    return {
      readable: this.readBy !== null,
      readBy: this.readBy,
      container: this.container,
      keys: this.keys.map(({ description: { type, size, curve }, alias = null }) =>
        curve === undefined ? { type, size, alias } : { type, size, curve, alias },
      ),
      chain: this.chain.map(({ subject, issuer, notAfter }) => ({ subject, issuer, notAfter: notAfter.toISOString() })),
      ...(this.eidas && { eidas: this.eidas }),
      keyMatchesCertificate: this.keyMatchesCertificate,
      javaCompliant: this.javaCompliant,
      readableByJava: this.readableByJava,
      problems: this.problems,
      call: null,
    }
  }
}

/** The examination of a file that could not be read at all. */
export function failedExamination(fault: Fault): Examination {
  const draft = new ReportDraft()
  draft.problems.push(fault.problem)
  return { report: draft.finish() }
}
