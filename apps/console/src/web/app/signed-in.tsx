import { useQuery } from '@tanstack/react-query'
import { type ReactNode, useEffect, useState } from 'react'
import { Redirect, useLocation, useSearch } from 'wouter'
import { type Session, sessionQuery } from '../api/session.ts'
import { ErrorPage } from '../pages/errors/error-page.tsx'
import { paths } from '../routing/paths.ts'
import { Loading } from '../ui/loading.tsx'

/** What only those see who are signed in: the data. The page itself is public. */
export function SignedIn({ children }: { readonly children: (session: Session) => ReactNode }) {
  const { data: session, error, refetch } = useQuery(sessionQuery)
  const [path] = useLocation()
  const search = useSearch()
  const failure = useLastFailure(session !== undefined, error)
  if (session) return children(session)
  if (failure) return <ErrorPage error={failure} onRetry={() => void refetch()} />
  if (session === undefined) return <Loading label="Loading" />
  return <Redirect to={paths.signIn(search === '' ? path : `${path}?${search}`)} replace />
}

/** A query forgets its failure while it asks again: until there is an answer, the page goes on saying what is wrong. */
function useLastFailure(isAnswered: boolean, error: Error | null): Error | undefined {
  const [last, setLast] = useState<Error>()
  useEffect(() => {
    if (error !== null) setLast(error)
  }, [error])
  return isAnswered ? undefined : (error ?? last)
}
