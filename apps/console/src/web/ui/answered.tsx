import type { ReactNode } from 'react'
import { type Asked, failureOf } from '../api/queries.ts'
import { Failure } from './failure.tsx'
import { Loading } from './loading.tsx'

/** Loading, failed, or what came. What came stays when it is asked for again in vain, not when another question is. */
export function Answered({
  query,
  label,
  children,
}: {
  readonly query: Asked & {
    readonly data: unknown
    readonly isPending: boolean
    /** The answer is one to the question before. */
    readonly isPlaceholderData?: boolean
    readonly refetch: () => unknown
  }
  readonly label: string
  readonly children: ReactNode
}) {
  const failure = failureOf(query)
  if (query.isPending && failure === null) return <Loading label={label} canAskAgain />
  return (
    <>
      {failure && <Failure error={failure} onRetry={() => void query.refetch()} />}
      {query.data !== undefined && !(failure && query.isPlaceholderData) && children}
    </>
  )
}
