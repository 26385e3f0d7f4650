import type { Certificate, CertificateSummary } from '@mtls-gateway/contract'
import { table } from '@mtls-gateway/terminal'
import { day } from './lines.ts'

type Counts = Pick<CertificateSummary, 'certificates' | 'revoked' | 'mappings'>

export function summaryText(summary: CertificateSummary): string {
  const { certificates, issuers, keyTypes, plans, months } = summary
  const count = `${certificates} certificates in use`
  if (certificates === 0) return count
  const countTable = <Entry extends Counts>(
    head: string,
    entries: readonly Entry[],
    nameOf: (entry: Entry) => string,
  ) => {
    const named = entries.map((each) => [nameOf(each), each.certificates, each.revoked, each.mappings])
    return table([head, 'CERTIFICATES', 'REVOKED', 'MAPPINGS'], [...named, ...othersOf(summary, entries)])
  }
  return [
    count,
    countTable('ISSUER', issuers, ({ issuer }) => issuer),
    countTable('KEY', keyTypes, ({ keyType }) => keyType),
    countTable('PLAN', plans, ({ plan }) => plan),
    countTable('EXPIRES', months, ({ month }) => month),
  ].join('\n\n')
}

/** The row of those that the answer does not name. */
function othersOf(all: Counts, entries: readonly Counts[]): readonly (string | number)[][] {
  const left = (of: (counts: Counts) => number) => entries.reduce((sum, each) => sum - of(each), of(all))
  const certificates = left((counts) => counts.certificates)
  if (certificates === 0) return []
  return [['others', certificates, left(({ revoked }) => revoked), left(({ mappings }) => mappings)]]
}

/** What is left of a replacement, and why. */
export function leftTable(certificates: readonly Certificate[]): string {
  const rows = certificates.map(({ id, name, expirationDate, plan }) => [
    ...[id, name, expirationDate === null ? '' : day(expirationDate), leftText(plan)],
  ])
  return table(['ID', 'NAME', 'EXPIRES', 'LEFT'], rows)
}

function leftText(plan: Certificate['plan']): string {
  if (!plan) return 'has no plan: people replace it'
  const { source, waitsFor, attempts, lastFailure, state } = plan
  if (waitsFor !== null) return `waits: ${waitsFor}`
  if (attempts > 0 && lastFailure) return `fails: ${lastFailure.code}`
  return source === null ? `is renewed: ${state}` : `comes from its source, ${source}`
}
