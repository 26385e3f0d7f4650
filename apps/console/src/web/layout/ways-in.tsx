import { useQuery } from '@tanstack/react-query'
import { configQuery, type SessionEnd } from '../api/session.ts'
import { Answered } from '../ui/answered.tsx'
import { buttonClass } from '../ui/button.tsx'
import { Code } from '../ui/code.tsx'

export interface WaysInProps {
  /** Where to go on afterwards. */
  readonly place: string
  /** Beside this page, which waits. */
  readonly isInNewTab?: boolean
  /** How the person of a session that has ended came in. */
  readonly via?: NonNullable<SessionEnd['session']>['via'] | undefined
}

/** How to sign in, and whom to ask. */
export function WaysIn({ place, isInNewTab = false, via }: WaysInProps) {
  const config = useQuery(configQuery)
  const hasOidc = config.data?.oidc === true
  const newTab = isInNewTab ? { target: '_blank', rel: 'noopener' } : {}
  return (
    <Answered query={config} label="Asking how to sign in">
      {via === 'invitation' && (
        <p>
          You came by an invitation, whose link works once. Ask whoever invited you for another one, and open its link
          in this browser.
        </p>
      )}
      {hasOidc && (
        <div>
          <a
            className={buttonClass(via === 'invitation' ? 'plain' : 'primary')}
            href={`/console/oidc/start?${new URLSearchParams({ to: place })}`}
            {...newTab}
          >
            Continue with SSO
          </a>
        </div>
      )}
      {via !== 'invitation' && (
        <>
          {hasOidc ? (
            <p>Or, where you are logged in on the command line, let it print a link:</p>
          ) : (
            <p>
              Log in with <code>mtls login</code> on the gateway’s command line, then let it print a link that signs you
              in:
            </p>
          )}
          <Code text="mtls console" label="the command" />
          <p>The link works once, for a minute.</p>
        </>
      )}
      {via === undefined && (
        <p>
          If you were invited, open the link of your invitation. It works once: to come back after your session has
          ended, ask whoever invited you for another one.
        </p>
      )}
      {via !== 'invitation' && <p>None of these works? Ask the administrator of your account to invite you.</p>}
    </Answered>
  )
}
