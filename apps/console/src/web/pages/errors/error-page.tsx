import { useEffect } from 'react'
import { isPassing } from '../../api/queries.ts'
import { PageHeader } from '../../layout/page-header.tsx'
import { Failure } from '../../ui/failure.tsx'

const againMs = 3_000

/** A page that can't be shown. Where what is in the way passes by itself, the page comes back by itself. */
export function ErrorPage({ error, onRetry }: { readonly error: Error; readonly onRetry: () => void }) {
  const passes = isPassing(error)
  useEffect(() => {
    if (!passes) return
    const timer = setInterval(onRetry, againMs)
    return () => clearInterval(timer)
  }, [passes, onRetry])
  return (
    <>
      <PageHeader title={passes ? 'Not available at the moment' : 'Something went wrong'}>
        {passes ? 'This page comes back by itself as soon as it can.' : undefined}
      </PageHeader>
      <Failure error={error} onRetry={onRetry} />
    </>
  )
}
