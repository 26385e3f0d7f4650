import { useQuery } from '@tanstack/react-query'
import type { ReactNode } from 'react'
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
  if (session) return children(session)
  if (error) return <ErrorPage error={error} onRetry={() => void refetch()} />
  if (session === undefined) return <Loading label="Loading" />
  return <Redirect to={paths.signIn(search === '' ? path : `${path}?${search}`)} replace />
}
