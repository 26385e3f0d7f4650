import type { Certificate } from '../certificate/certificate.ts'
import { buildChain } from '../certificate/chain.ts'
import { eidasFacts } from '../certificate/eidas.ts'
import { certificateFacts } from '../certificate/facts.ts'
import type { CertifiedIdentity } from '../certificate/identity.ts'
import { checkIdentity } from '../checks/check-identity.ts'
import type { JavaFile } from '../java-compatibility/file-rules.ts'
import { javaVerdict } from '../java-compatibility/java-verdict.ts'
import type { CertifiedChain } from '../report/report.ts'
import type { ReportDraft } from './report-draft.ts'

/**
 * Builds the chain of a leaf and checks it. Problems go into the report.
 *
 * @param javaFile the uploaded file as Java would see it; undefined for PEM
 */
export function certify(
  identity: CertifiedIdentity,
  certificates: readonly Certificate[],
  {
    draft,
    now,
    javaFile,
  }: { readonly draft: ReportDraft; readonly now: Date; readonly javaFile?: JavaFile | undefined },
): CertifiedChain {
  const { leaf } = identity
  draft.keyMatchesCertificate = true
  draft.eidas = eidasFacts(leaf.x509)
  const chain = buildChain(leaf, certificates)
  draft.chain = [leaf, ...chain.issuers]
  const java = javaVerdict(javaFile, identity, draft.chain)
  draft.readableByJava = java.readableBy
  draft.javaCompliant = java.compliant
  draft.problems.push(...checkIdentity(identity, chain, now), ...java.problems)
  return { leaf: leaf.pem, chain: chain.issuers.map(({ pem }) => pem), facts: certificateFacts(leaf) }
}
