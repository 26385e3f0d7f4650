import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
import { Redirect, useLocation, useSearch } from 'wouter'
import { failureOf } from '../api/queries.ts'
import { type Session, sessionQuery } from '../api/session.ts'
import { BarePage } from '../layout/bare-page.tsx'
import { ErrorPage } from '../pages/errors/error-page.tsx'
import { paths } from '../routing/paths.ts'
import { Loading } from '../ui/loading.tsx'

/** What only those see who are signed in: the data. The page itself is public. */
export function SignedIn({ children }: { readonly children: (session: Session) => ReactNode }) {
  const query = useQuery(sessionQuery)
  const { data: session, refetch } = query
  const failure = failureOf(query)
  const [path] = useLocation()
  const search = useSearch()
  if (session) return children(session)
  if (failure) {
    return (
      <BarePage>
        <ErrorPage error={failure} onRetry={() => void refetch()} />
      </BarePage>
    )
  }
  if (session === undefined) return <Loading label="Loading" />
  return <Redirect to={paths.signIn(search === '' ? path : `${path}?${search}`)} replace />
}
