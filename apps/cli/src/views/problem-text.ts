import type { ProblemDocument } from '@mtls-gateway/client'
import { paint } from '@mtls-gateway/terminal'
import { detailLines } from './details.ts'
import { findingLines } from './findings.ts'
import { hintOf } from './hints.ts'

/** Members that are told otherwise, or say again what `detail` says. */
const passedOver = new Set(['type', 'title', 'code', 'detail', 'instance', 'problems'])
/** A command saves one certificate: why it failed is the problem itself. */
const ofSaving = ['successfulySavedCertificates', 'failedSaveToVaultCertificates']

/** Code, sentence and details in words; what to do; the request's id, by which the operator finds it in the log. */
export function problemText(problem: ProblemDocument, colour: boolean): string {
  const { code, detail, instance, problems } = problem
  const members = Object.entries(problem).filter(
    ([name, value]) =>
      !passedOver.has(name) && !ofSaving.includes(name) && !(name === 'errors' && isTold(value, detail)),
  )
  const hint = hintOf(problem)
  return [
    `${paint(code, 31, colour)}: ${detail}`,
    ...(Array.isArray(problems) ? findingLines(problems, colour, detail) : []),
    ...detailLines(Object.fromEntries(members)),
    ...(instance === undefined ? [] : [`  request: ${instance}`]),
    ...(hint === undefined ? [] : [hint]),
  ].join('\n')
}

/** Whether a sentence has all that these faults say: what a command sends has one entry, and most often one fault. */
function isTold(errors: unknown, detail: string): boolean {
  return Array.isArray(errors) && errors.every((each: unknown) => isIn(detail, each))
}

function isIn(detail: string, fault: unknown): boolean {
  if (typeof fault !== 'object' || fault === null || !('message' in fault)) return false
  return typeof fault.message === 'string' && detail.includes(fault.message)
}
