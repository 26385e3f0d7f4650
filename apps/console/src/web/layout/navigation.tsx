import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import { Link, useLocation } from 'wouter'
import { useOpenApprovals } from '../api/approvals.ts'
import { sessionQuery } from '../api/session.ts'
import { useAccountId } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { Badge } from '../ui/badge.tsx'
import styles from './navigation.module.css'

interface PageLink {
  readonly to: (accountId: string) => string
  readonly label: string
  /** Behind the label: what there is to do on the page. */
  readonly badge?: ComponentType
}

interface PageGroup {
  readonly title: string | undefined
  readonly links: readonly PageLink[]
}

const ofAccount: readonly PageGroup[] = [
  { title: undefined, links: [{ to: paths.overview, label: 'Overview' }] },
  {
    title: 'Onboarding',
    links: [
      { to: paths.certificates, label: 'Certificates' },
      { to: paths.fleet, label: 'Fleet' },
      { to: paths.mappings, label: 'Mappings' },
      { to: paths.trusts, label: 'Trust lists' },
      { to: paths.signingKeys, label: 'Signing keys' },
      { to: paths.explain, label: 'Explain' },
    ],
  },
  { title: 'Traffic', links: [{ to: paths.calls, label: 'Calls' }] },
  {
    title: 'Account',
    links: [
      { to: paths.appKeys, label: 'App keys' },
      { to: paths.invitations, label: 'Invitations' },
      { to: paths.approvals, label: 'Approvals', badge: OpenApprovals },
      { to: paths.audit, label: 'Audit' },
      { to: paths.settings, label: 'Settings' },
    ],
  },
]

const ofGateway: PageGroup = { title: 'Gateway', links: [{ to: paths.tokenIssuers, label: 'Token issuers' }] }

/** The pages of an account, by what one comes for; and for operators, who may do all accounts, those of the gateway. */
export function usePageGroups(): readonly PageGroup[] {
  const { data: session } = useQuery(sessionQuery)
  return session?.accounts === '*' ? [...ofAccount, ofGateway] : ofAccount
}

export function Navigation({ onGo }: { readonly onGo: () => void }) {
  const accountId = useAccountId()
  const [place] = useLocation()
  const home = paths.overview(accountId)
  return (
    <nav aria-label="Pages" className={styles.navigation}>
      {usePageGroups().map(({ title, links }) => (
        <div key={title ?? ''}>
          {title !== undefined && <p className={styles.title}>{title}</p>}
          <ul>
            {links.map(({ to, label, badge: PageBadge }) => {
              const path = to(accountId)
              const isHere = place === path || (path !== home && place.startsWith(`${path}/`))
              return (
                <li key={label}>
                  <Link to={path} aria-current={isHere ? 'page' : undefined} onClick={onGo}>
                    {label}
                    {PageBadge && <PageBadge />}
                  </Link>
                </li>
              )
            })}
          </ul>
        </div>
      ))}
    </nav>
  )
}

/** How many requests wait for somebody's word. */
function OpenApprovals() {
  const open = useOpenApprovals().length
  return open > 0 && <Badge tone="warn">{open} open</Badge>
}
