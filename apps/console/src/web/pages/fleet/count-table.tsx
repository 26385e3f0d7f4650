import type { CertificateSummary } from '@mtls-gateway/contract'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { LongText } from '../../ui/long-text.tsx'
import { type Column, Table } from '../../ui/table.tsx'
import styles from './count-table.module.css'

export type Counts = Pick<CertificateSummary, 'certificates' | 'revoked' | 'mappings'>

export interface CountRow extends Counts {
  readonly name: string
  /** The certificates that are counted. */
  readonly to: string
}

export interface CountTableProps {
  /** What they are counted by. */
  readonly head: string
  readonly rows: readonly CountRow[]
  /** What all certificates come to. */
  readonly all: Counts
  readonly action?: (row: CountRow) => ReactNode
}

/** How many certificates there are of each, with a bar; what the gateway does not name comes last. */
export function CountTable({ head, rows, all, action }: CountTableProps) {
  const most = Math.max(...rows.map(({ certificates }) => certificates), 1)
  const columns: readonly Column<CountRow>[] = [
    { head, minWidth: '12em', cell: ({ name, to }) => (to === '' ? name : <NameLink name={name} to={to} />) },
    {
      head: 'Certificates',
      kind: 'number',
      cell: ({ certificates }) => (
        <span className={styles.count}>
          <span className={styles.track} aria-hidden="true">
            <span className={styles.bar} style={{ inlineSize: `${(100 * Math.min(certificates, most)) / most}%` }} />
          </span>
          <span className={styles.figure}>{certificates.toLocaleString('en')}</span>
        </span>
      ),
    },
    { head: 'Revoked', kind: 'number', cell: ({ revoked }) => revoked.toLocaleString('en') },
    { head: 'Mappings', kind: 'number', cell: ({ mappings }) => mappings.toLocaleString('en') },
    ...(action ? [{ head: 'Actions', kind: 'actions' as const, cell: action }] : []),
  ]
  const label = `By ${head.toLowerCase()}`
  return (
    <div className={styles.counted}>
      <h2>{label}</h2>
      <Table label={label} columns={columns} rows={withOthers(rows, all)} keyOf={keyOf} />
    </div>
  )
}

function NameLink({ name, to }: Pick<CountRow, 'name' | 'to'>) {
  return (
    <Link to={to}>
      <LongText text={name} />
    </Link>
  )
}

function keyOf({ name, to }: CountRow): string {
  return `${name} ${to}`
}

function withOthers(rows: readonly CountRow[], all: Counts): readonly CountRow[] {
  const left = (of: (counts: Counts) => number) => rows.reduce((sum, row) => sum - of(row), of(all))
  const certificates = left((counts) => counts.certificates)
  if (certificates <= 0) return rows
  const [revoked, mappings] = [left((counts) => counts.revoked), left((counts) => counts.mappings)]
  return [...rows, { name: 'Others', to: '', certificates, revoked, mappings }]
}
