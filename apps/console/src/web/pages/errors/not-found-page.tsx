import { Link } from 'wouter'
import { PageHeader } from '../../layout/page-header.tsx'
import { buttonClass } from '../../ui/button.tsx'

export function NotFoundPage() {
  return (
    <>
      <PageHeader title="There is no such page">The link may be old, or what it led to has been deleted.</PageHeader>
      <div>
        <Link to="/" className={buttonClass('primary')}>
          Go to the overview
        </Link>
      </div>
    </>
  )
}
