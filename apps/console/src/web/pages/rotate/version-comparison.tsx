import type { CertificateDetails, VersionDifference } from '@mtls-gateway/contract'
import { dayOf } from '../../format/day.ts'
import { Badge } from '../../ui/badge.tsx'
import tableStyles from '../../ui/differences.module.css'
import { Breakable } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import styles from './version-comparison.module.css'

type Code = VersionDifference['code']

/** The next version beside the one in use: what a person compares before calls present it. */
export function VersionComparison({ certificate }: { readonly certificate: CertificateDetails }) {
  const { differences } = certificate.staged ?? {}
  // Nothing is staged, or it is not signed yet, or the store has lost it.
  if (differences === undefined) return null
  if (differences.length === 0) {
    return (
      <Notice tone="good" title="A usual renewal">
        It has the subject, names, issuer and key type of the version in use, and does not expire earlier.
      </Notice>
    )
  }
  const isSame = differences.some(({ code }) => code === 'SAME_CERTIFICATE')
  return (
    <Notice tone="warn" title="Not a usual renewal">
      <div className={styles.differences}>
        <ul>
          {differences.map(({ code, message }) => (
            <li key={code}>{message}</li>
          ))}
        </ul>
        {!isSame && <ComparisonTable rows={rowsOf(certificate, differences)} />}
      </div>
    </Notice>
  )
}

/** What a person says who promotes it nevertheless; undefined: it is a usual renewal. */
export function whatIsMeant(staged: CertificateDetails['staged']): string | undefined {
  const [first, ...others] = staged?.differences ?? []
  if (first === undefined) return undefined
  if (first.code === 'SAME_CERTIFICATE') return 'The same certificate is meant'
  return others.length === 0 ? 'This difference is meant' : `These ${others.length + 1} differences are meant`
}

interface Row {
  readonly fact: string
  readonly current: string
  readonly next: string
  readonly isDifferent: boolean
}

function ComparisonTable({ rows }: { readonly rows: readonly Row[] }) {
  return (
    <table className={tableStyles.table} aria-label="The version in use and the next one">
      <thead>
        <tr>
          <th scope="col">Fact</th>
          <th scope="col">In use</th>
          <th scope="col">Next</th>
        </tr>
      </thead>
      <tbody>
        {rows.map(({ fact, current, next, isDifferent }) => (
          <tr key={fact}>
            <th scope="row">
              {fact} {isDifferent && <Badge tone="warn">Differs</Badge>}
            </th>
            <td data-head="In use">{current === '' ? 'none' : <Breakable text={current} />}</td>
            <td data-head="Next">{next === '' ? 'none' : <Breakable text={next} />}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

function rowsOf(certificate: CertificateDetails, differences: readonly VersionDifference[]): readonly Row[] {
  const { subject, subjectAltNames, issuer, keyType, expirationDate, staged } = certificate
  const row = (fact: string, code: Code, inUse: string): Row => {
    const difference = differences.find((each) => each.code === code)
    const { from = inUse, to = inUse } = difference ?? {}
    return { fact, current: from, next: to, isDifferent: difference !== undefined }
  }
  const expires = row('Expires', 'EXPIRES_EARLIER', expirationDate ?? '')
  const days = [expires.current, staged?.expirationDate ?? ''].map((time) => (time === '' ? '' : dayOf(time)))
  const [current = '', next = ''] = days
  return [
    row('Subject', 'SUBJECT_DIFFERS', subject),
    row('Names', 'NAMES_DIFFER', subjectAltNames.join(', ')),
    row('Issuer', 'ISSUER_DIFFERS', issuer ?? ''),
    row('Key', 'KEY_TYPE_DIFFERS', keyType),
    ...(differences.some(({ code }) => code === 'CLIENT_AUTH_DIFFERS')
      ? [row('Client authentication', 'CLIENT_AUTH_DIFFERS', '')]
      : []),
    // On the same day, only the whole times tell them apart.
    current === next && expires.isDifferent ? expires : { ...expires, current, next },
  ]
}
