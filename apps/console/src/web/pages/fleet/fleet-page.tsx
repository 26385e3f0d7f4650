import type { CertificateSummary } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { Link } from 'wouter'
import { summaryQuery } from '../../api/fleet.ts'
import { useMissingScope } from '../../api/session.ts'
import { monthName } from '../../format/month-name.ts'
import { planStandings } from '../../format/plan-standing.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { AsCommand } from '../../ui/as-command.tsx'
import { Button } from '../../ui/button.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Empty } from '../../ui/empty.tsx'
import { type CountRow, CountTable } from './count-table.tsx'
import styles from './fleet-page.module.css'
import { ReplaceIssuer } from './replace-issuer.tsx'

/** All certificates in use, counted; each count leads to the list of what it counts. */
export function FleetPage() {
  const accountId = useAccountId()
  const query = useQuery(summaryQuery(accountId))
  const { data: summary } = query
  return (
    <>
      <PageHeader title="Fleet">
        All certificates in use, counted. Find what has to be replaced, and replace it.
      </PageHeader>
      <Answered query={query} label="Loading the fleet">
        {summary?.certificates === 0 && (
          <Empty
            title="No certificates in use yet"
            action={
              <ChangeLink to={paths.addCertificate(accountId)} look="primary">
                Add a certificate
              </ChangeLink>
            }
          >
            Here they are counted by issuer, key, renewal plan and expiry.
          </Empty>
        )}
        {summary !== undefined && summary.certificates > 0 && <Counted summary={summary} />}
      </Answered>
      <AsCommand command="mtls certificates summary" />
    </>
  )
}

function Counted({ summary }: { readonly summary: CertificateSummary }) {
  const accountId = useAccountId()
  const missingScope = useMissingScope('mtls:admin')
  const [replaced, setReplaced] = useState<CountRow>()
  const { certificates, revoked, mappings, issuers, keyTypes, plans, months } = summary
  const to = (filters: Parameters<typeof paths.certificates>[1]) => paths.certificates(accountId, filters)
  return (
    <div className={styles.tables}>
      <p>
        {counted(certificates, 'certificate')} in use by {counted(mappings, 'mapping')}.{' '}
        {revoked === 0 ? (
          'None is known to be revoked.'
        ) : (
          <Link to={to({ revoked: 'true' })}>{counted(revoked, 'certificate')} revoked by their issuers</Link>
        )}
      </p>
      <CountTable
        head="Issuer"
        all={summary}
        rows={issuers.map(({ issuer, ...counts }) => ({ name: issuer, to: to({ issuer }), ...counts }))}
        action={(row) =>
          row.to !== '' && (
            <Button
              look="quiet"
              aria-label={`Replace all of ${row.name}`}
              disabledReason={missingScope}
              onClick={() => setReplaced(row)}
            >
              Replace all
            </Button>
          )
        }
      />
      <CountTable
        head="Renewal plan"
        all={summary}
        rows={plans.map(({ plan, ...counts }) => ({ name: planStandings[plan], to: to({ plan }), ...counts }))}
      />
      <CountTable
        head="Expiry"
        all={summary}
        rows={months.map(({ month, ...counts }) => ({
          name: monthName(month),
          to: to({ expiresIn: month }),
          ...counts,
        }))}
      />
      <CountTable
        head="Key"
        all={summary}
        rows={keyTypes.map(({ keyType, ...counts }) => ({ name: keyType, to: to({ keyType }), ...counts }))}
      />
      {replaced && <ReplaceIssuer of={replaced} onClose={() => setReplaced(undefined)} />}
    </div>
  )
}

function counted(count: number, noun: string): string {
  return `${count.toLocaleString('en')} ${noun}${count === 1 ? '' : 's'}`
}
