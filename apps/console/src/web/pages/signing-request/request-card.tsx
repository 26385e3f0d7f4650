import type { CertificateDetails } from '@mtls-gateway/contract'
import { Link } from 'wouter'
import { useHistoryState } from 'wouter/use-browser-location'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
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

/** The request, for those who have just made it: the gateway does not tell it again. */
export function RequestCard({ certificate, isFirst }: RequestCardProps) {
  const csr = csrOf(useHistoryState())
  const accountId = useAccountId()
  const { id, name, staged } = certificate
  const asked = isFirst ? certificate : staged
  return (
    <Card title="1. Have it signed by your CA">
      {csr === undefined ? (
        <Notice
          tone="accent"
          title="The request is not shown again"
          action={
            <Link
              to={isFirst ? paths.certificate(accountId, id) : paths.rotate(accountId, id)}
              className={buttonClass()}
            >
              {isFirst ? 'Open the certificate' : 'Open the rotation'}
            </Link>
          }
        >
          {isFirst
            ? 'If you have lost it, delete this certificate, and make another request.'
            : 'If you have lost it, drop the staged version, and make another request.'}
        </Notice>
      ) : (
        <>
          <Notice tone="warn" title="The request is shown only now">
            Copy or download it before you leave this page, and send it to your CA. Its answer may take days: the page
            of the certificate leads back here.
          </Notice>
          <Code text={csr} label="the request" />
          <div>
            <Download content={csr} name={`${name}.csr`} type="application/pkcs10">
              Download the request
            </Download>
          </div>
        </>
      )}
      <Facts facts={{ Subject: asked?.subject, Key: asked?.keyType, Made: asked && <Time at={asked.createdAt} /> }} />
    </Card>
  )
}

/** The page that made it has left it there; it stays with this entry of the history when the page is loaded again. */
function csrOf(state: unknown): string | undefined {
  const csr = typeof state === 'object' && state !== null && 'csr' in state ? state.csr : undefined
  return typeof csr === 'string' ? csr : undefined
}
