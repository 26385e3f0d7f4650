import { useQuery } from '@tanstack/react-query'
import { Fragment, type ReactNode } from 'react'
import { Redirect, useLocation, useSearch } from 'wouter'
import { failureOf, ownerOf } from '../api/queries.ts'
import { type Session, sessionEndQuery, sessionQuery } from '../api/session.ts'
import { BarePage } from '../layout/bare-page.tsx'
import { SessionEndedDialog } from '../layout/session-ended.tsx'
import { ErrorPage } from '../pages/errors/error-page.tsx'
import { paths } from '../routing/paths.ts'
import { Loading } from '../ui/loading.tsx'

/**
 * What only those see who are signed in: the data. The page itself is public. If the session ends, it waits: what was
 * typed is still there once the same person has signed in again, and gone for anybody else.
 */
export function SignedIn({ children }: { readonly children: (session: Session) => ReactNode }) {
  const query = useQuery(sessionQuery)
  const { data: session, refetch } = query
  const { data: end } = useQuery(sessionEndQuery)
  const failure = failureOf(query)
  const [path] = useLocation()
  const search = useSearch()
  if (session) {
    return (
      <>
        <Fragment key={ownerOf(session)}>{children(session)}</Fragment>
        {end && <SessionEndedDialog end={end} session={session} />}
      </>
    )
  }
  if (failure) {
    return (
      <BarePage>
        <ErrorPage error={failure} onRetry={() => void refetch()} />
      </BarePage>
    )
  }
  if (session === undefined) return <Loading label="Loading" canAskAgain />
  return <Redirect to={paths.signIn(search === '' ? path : `${path}?${search}`)} replace />
}
