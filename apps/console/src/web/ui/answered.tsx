import type { ReactNode } from 'react'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

interface Asked {
  readonly data: unknown
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
  const failure = query.error && <Failure error={query.error} onRetry={() => void query.refetch()} />
  // Whether there is anything is not known: to say that there is nothing would be wrong.
  if (query.data === undefined) return failure
  return (
    <>
      {failure}
      {children}
    </>
  )
}
