import type { Certificate } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { waitPhrases } from '../../format/plan-sentence.ts'
import { renewsItself } from '../../format/renewal.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Card } from '../../ui/card.tsx'
import { Breakable, LongText } from '../../ui/long-text.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'
import styles from './renewals-card.module.css'

/** Names of one kind that are shown; their own pages say the rest. */
const firstNames = 8

/** The certificates that renew themselves, and whom their renewals wait for. */
export function RenewalsCard({ certificates }: { readonly certificates: readonly Certificate[] }) {
  const waiting = Map.groupBy(certificates, ({ plan }) => plan?.waitsFor ?? null)
  const waits = [...waiting].flatMap(([waitsFor, those]) => (waitsFor === null ? [] : [[waitsFor, those] as const]))
  const running = certificates.flatMap(({ name, plan }) =>
    plan?.next && renewsItself({ plan }) ? [{ name, at: plan.next.at }] : [],
  )
  if (waits.length === 0 && running.length === 0) return null
  const [next] = running.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))
  return (
    <Card title="Renewals">
      {waits.map(([waitsFor, those]) => (
        <Notice key={waitsFor} tone="warn" title={`${waitPhrases[waitsFor]}:`}>
          <ul className={styles.names}>
            {those.slice(0, firstNames).map((certificate) => (
              <li key={certificate.id}>
                <CertificateLink certificate={certificate} />
              </li>
            ))}
            {those.length > firstNames && <li>and {those.length - firstNames} more</li>}
          </ul>
        </Notice>
      ))}
      {next && (
        <p>
          {running.length === 1 ? 'One certificate renews itself' : `${running.length} certificates renew themselves`}.
          Next: <Breakable text={next.name} /> <Time at={next.at} />.
        </p>
      )}
    </Card>
  )
}

function CertificateLink({ certificate: { id, name } }: { readonly certificate: Certificate }) {
  return (
    <Link to={paths.certificate(useAccountId(), id)}>
      <LongText text={name} />
    </Link>
  )
}
