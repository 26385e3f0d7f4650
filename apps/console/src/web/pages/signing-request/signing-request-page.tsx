import { Link } from 'wouter'
import { PageHeader } from '../../layout/page-header.tsx'
import { useAccountId } from '../../routing/account-id.ts'
import { paths } from '../../routing/paths.ts'
import { RequestForm } from './request-form.tsx'

/** A new certificate by a signing request. What comes after it is a page of the certificate that then waits. */
export function SigningRequestPage() {
  const accountId = useAccountId()
  return (
    <>
      <PageHeader title="Make a signing request" above={<Link to={paths.certificates(accountId)}>Certificates</Link>}>
        The gateway makes a key, which never leaves it, and a request for your CA to sign. Then you upload the
        certificate that the CA has signed.
      </PageHeader>
      <RequestForm />
    </>
  )
}
