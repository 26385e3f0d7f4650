import type { Issuer } from '@mtls-gateway/contract'
import { useQuery } from '@tanstack/react-query'
import { Link } from 'wouter'
import { issuersQuery } from '../../api/plans.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { Answered } from '../../ui/answered.tsx'
import { ChangeLink } from '../../ui/change-link.tsx'
import { Empty } from '../../ui/empty.tsx'
import { IssueForm } from './issue-form.tsx'

/** A new certificate from an issuer that the operator has set up. It renews itself from then on. */
export function IssuePage() {
  const accountId = useAccountId()
  const query = useQuery(issuersQuery(accountId))
  return (
    <>
      <PageHeader title="Order a certificate" above={<Link to={paths.certificates(accountId)}>Certificates</Link>}>
        The gateway makes a key, which never leaves it, and orders the certificate. From then on it renews itself.
      </PageHeader>
      <Answered query={query} label="Loading the issuers">
        {query.data && <Choice issuers={query.data} />}
      </Answered>
    </>
  )
}

function Choice({ issuers: [first, ...others] }: { readonly issuers: readonly Issuer[] }) {
  const accountId = useAccountId()
  if (first !== undefined) return <IssueForm issuers={[first, ...others]} />
  return (
    <Empty
      title="There is no issuer for this account"
      action={<ChangeLink to={paths.requestCertificate(accountId)}>Make a signing request</ChangeLink>}
    >
      The operator of the gateway sets them up. Without one, have your CA sign a request.
    </Empty>
  )
}
