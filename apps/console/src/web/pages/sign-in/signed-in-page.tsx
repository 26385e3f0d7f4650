import { Link } from 'wouter'
import { BarePage } from '../../layout/bare-page.tsx'
import { PageHeader } from '../../layout/page-header.tsx'

/** In the tab that was opened to sign in again: the page that waits is in another one. */
export function SignedInPage() {
  return (
    <BarePage>
      <PageHeader title="You are signed in">
        Go back to the tab that asked you to: it goes on by itself. You can close this one.
      </PageHeader>
      <p>
        Or <Link to="/">open the console here</Link>.
      </p>
    </BarePage>
  )
}
