import type { ReactNode } from 'react'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

interface Asked {
  readonly isPending: boolean
  readonly error: Error | null
  readonly refetch: () => unknown
}

/** Loading, failed, or what came. What came stays when a later question fails: the failure stands above it. */
export function Answered({
  query,
  label,
  children,
}: {
  readonly query: Asked
  readonly label: string
  readonly children: ReactNode
}) {
  if (query.isPending) return <Loading label={label} />
  return (
    <>
      {query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />}
      {children}
    </>
  )
}
