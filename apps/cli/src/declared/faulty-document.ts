import { safeText } from '@mtls-gateway/terminal'
import { CliFailure } from '../cli-failure.ts'

/** What is wrong in a document, and where. */
export interface DocumentFault {
  readonly file: string
  /** From 1. */
  readonly line: number
  /** Keys with dots between them; empty for the text itself. */
  readonly path: string
  /** A sentence. */
  readonly detail: string
  /** As config-api names it. */
  readonly code?: string
}

/** A document that can't be applied; the message has a line for each fault, by their order in the file. */
export class FaultyDocument extends CliFailure {
  override readonly name = 'FaultyDocument'
  /** For `--json`. */
  readonly json: string

  constructor(faults: readonly DocumentFault[]) {
    const errors = faults.toSorted((one, other) => one.line - other.line)
    const lines = errors.map(({ file, line, path, detail }) => {
      return safeText(`${file}:${line} ${path === '' ? '' : `${path}: `}${detail}`)
    })
    super('refused', lines.join('\n'))
    this.json = JSON.stringify({ code: 'DOCUMENT_FAULTY', errors })
  }
}
