import { Certificate } from '../certificate/certificate.ts'
import { findSignedLeaf } from '../certificate/identity.ts'
import type { SignedInput } from '../input/signed-input.ts'
import { readCertificates } from '../pem/read-certificates.ts'
import type { SignedExamination } from '../report/report.ts'
import { certify } from './certify.ts'
import { ReportDraft } from './report-draft.ts'

/**
 * Reads and checks the signed certificate of a key that is elsewhere, with the checks of an upload. Works in this
 * process, so run it in a child, see {@link KeyMaterialPool}.
 */
export function examineSigned({ certificates, spkiSha256 }: SignedInput, now: Date): SignedExamination {
  const draft = new ReportDraft()
  const chain = draft.attempt(() => {
    const found = readCertificates(certificates).map((pem) => new Certificate(pem))
    draft.readBy = 'node:crypto'
    draft.chain = found
    return certify({ leaf: findSignedLeaf(found, spkiSha256, now) }, found, { draft, now })
  })
  return chain && draft.usable ? { report: draft.finish(), chain } : { report: draft.finish() }
}
