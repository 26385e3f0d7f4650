import { useQueryClient } from '@tanstack/react-query'
import { useLocation } from 'wouter'
import { sessionQuery, signOut } from '../api/session.ts'
import { paths } from '../routing/paths.ts'
import { Button } from '../ui/button.tsx'

/** Ends the session, where people sign in with an identity provider there as well. */
export function SignOut() {
  const queries = useQueryClient()
  const [, navigate] = useLocation()
  const leave = async () => {
    const elsewhere = await signOut()
    queries.setQueryData(sessionQuery.queryKey, null)
    if (elsewhere === undefined) navigate(paths.signIn())
    else location.assign(elsewhere)
  }
  return <Button onClick={() => void leave()}>Sign out</Button>
}
