import type { CertificateDetails } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Link } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { orderedRequestQuery } from '../../api/plans.ts'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { buttonClass } from '../../ui/button.tsx'
import { Card } from '../../ui/card.tsx'
import { Code } from '../../ui/code.tsx'
import { Download } from '../../ui/download.tsx'
import { Facts } from '../../ui/facts.tsx'
import { Notice } from '../../ui/notice.tsx'
import { Time } from '../../ui/time.tsx'

export interface RequestCardProps {
  readonly certificate: CertificateDetails
  /** The certificate itself waits, not its next version. */
  readonly isFirst: boolean
}

/** The request: one that a plan has ordered for as long as it waits, another for those who have just made it. */
export function RequestCard({ certificate, isFirst }: RequestCardProps) {
  const { name, staged, plan } = certificate
  const made = csrOf(useHistoryState())
  const mayBeOrdered = plan?.waitsFor === 'signature'
  const query = useQuery({ ...orderedRequestQuery(useAccountId(), certificate.id), enabled: mayBeOrdered })
  const asked = isFirst ? certificate : staged
  const byHand =
    made === undefined ? (
      <NotShown certificate={certificate} isFirst={isFirst} />
    ) : (
      <Request name={name} csr={made}>
        <Notice tone="warn" title="The request is shown only now">
          Copy or download it before you leave this page, and send it to your CA. Its answer may take days: the page of
          the certificate leads back here.
        </Notice>
      </Request>
    )
  const ordered = query.data && (
    <Request name={name} csr={query.data}>
      <p>Send it to your CA. The plan goes on when its certificate is uploaded below.</p>
    </Request>
  )
  return (
    <Card title="1. Have it signed by your CA">
      {mayBeOrdered ? (
        <Answered query={query} label="Loading the request">
          {ordered ?? byHand}
        </Answered>
      ) : (
        byHand
      )}
      <Facts facts={{ Subject: asked?.subject, Key: asked?.keyType, Made: asked && <Time at={asked.createdAt} /> }} />
    </Card>
  )
}

interface RequestProps {
  readonly name: string
  readonly csr: string
  /** What to do with it. */
  readonly children: ReactNode
}

function Request({ name, csr, children }: RequestProps) {
  return (
    <>
      {children}
      <Code text={csr} label="the request" />
      <div>
        <Download content={csr} name={`${name}.csr`} type="application/pkcs10">
          Download the request
        </Download>
      </div>
    </>
  )
}

function NotShown({ certificate: { id }, isFirst }: RequestCardProps) {
  const accountId = useAccountId()
  return (
    <Notice
      tone="accent"
      title="The request is not shown again"
      action={
        <Link to={isFirst ? paths.certificate(accountId, id) : paths.rotate(accountId, id)} className={buttonClass()}>
          {isFirst ? 'Open the certificate' : 'Open the rotation'}
        </Link>
      }
    >
      {isFirst
        ? 'If you have lost it, delete this certificate, and make another request.'
        : 'If you have lost it, drop the staged version, and make another request.'}
    </Notice>
  )
}

/** The page that made it has left it there; it stays with this entry of the history when the page is loaded again. */
function csrOf(state: unknown): string | undefined {
  const csr = typeof state === 'object' && state !== null && 'csr' in state ? state.csr : undefined
  return typeof csr === 'string' ? csr : undefined
}
