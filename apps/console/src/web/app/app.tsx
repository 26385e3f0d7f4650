import { Redirect, Route, Switch, useLocation } from 'wouter'
import type { Session } from '../api/session.ts'
import { BarePage } from '../layout/bare-page.tsx'
import { Shell } from '../layout/shell.tsx'
import { NotFoundPage } from '../pages/errors/not-found-page.tsx'
import { AccountIdProvider } from '../routing/account-id.ts'
import { paths } from '../routing/paths.ts'
import { page } from './page.ts'
import { PageBoundary } from './page-boundary.tsx'
import { SignedIn } from './signed-in.tsx'

const SignInPage = page(() => import('../pages/sign-in/sign-in-page.tsx'), 'SignInPage')
const SignedInPage = page(() => import('../pages/sign-in/signed-in-page.tsx'), 'SignedInPage')
const InvitationPage = page(() => import('../pages/invitation/invitation-page.tsx'), 'InvitationPage')
const HandoverPage = page(() => import('../pages/handover/handover-page.tsx'), 'HandoverPage')
const AccountsPage = page(() => import('../pages/accounts/accounts-page.tsx'), 'AccountsPage')
const OverviewPage = page(() => import('../pages/overview/overview-page.tsx'), 'OverviewPage')
const CertificatesPage = page(() => import('../pages/certificates/certificates-page.tsx'), 'CertificatesPage')
const AddCertificatePage = page(() => import('../pages/add-certificate/add-certificate-page.tsx'), 'AddCertificatePage')
const SigningRequestPage = page(() => import('../pages/signing-request/signing-request-page.tsx'), 'SigningRequestPage')
const SigningPage = page(() => import('../pages/signing-request/signing-page.tsx'), 'SigningPage')
const IssuePage = page(() => import('../pages/issue/issue-page.tsx'), 'IssuePage')
const CertificatePage = page(() => import('../pages/certificate/certificate-page.tsx'), 'CertificatePage')
const RotatePage = page(() => import('../pages/rotate/rotate-page.tsx'), 'RotatePage')
const FleetPage = page(() => import('../pages/fleet/fleet-page.tsx'), 'FleetPage')
const ReplacementPage = page(() => import('../pages/fleet/replacement-page.tsx'), 'ReplacementPage')
const MappingsPage = page(() => import('../pages/mappings/mappings-page.tsx'), 'MappingsPage')
const TrustsPage = page(() => import('../pages/trusts/trusts-page.tsx'), 'TrustsPage')
const SigningKeysPage = page(() => import('../pages/signing-keys/signing-keys-page.tsx'), 'SigningKeysPage')
const ExplainPage = page(() => import('../pages/explain/explain-page.tsx'), 'ExplainPage')
const CallsPage = page(() => import('../pages/calls/calls-page.tsx'), 'CallsPage')
const AuditPage = page(() => import('../pages/audit/audit-page.tsx'), 'AuditPage')
const AppKeysPage = page(() => import('../pages/app-keys/app-keys-page.tsx'), 'AppKeysPage')
const InvitationsPage = page(() => import('../pages/invitations/invitations-page.tsx'), 'InvitationsPage')
const ApprovalsPage = page(() => import('../pages/approvals/approvals-page.tsx'), 'ApprovalsPage')
const TokenIssuersPage = page(() => import('../pages/token-issuers/token-issuers-page.tsx'), 'TokenIssuersPage')
const SettingsPage = page(() => import('../pages/settings/settings-page.tsx'), 'SettingsPage')

/** Which page a url shows. */
export function App() {
  const [place] = useLocation()
  return (
    <PageBoundary place={place} isBare>
      <Switch>
        <Route path="/sign-in" component={SignInPage} />
        <Route path="/signed-in">
          <SignedIn>{() => <SignedInPage />}</SignedIn>
        </Route>
        <Route path="/invitation" component={InvitationPage} />
        <Route path="/handover" component={HandoverPage} />
        <Route path="/">
          <SignedIn>{(session) => <Redirect to={firstPageOf(session)} replace />}</SignedIn>
        </Route>
        <Route path="/accounts">
          <SignedIn>{(session) => <AccountsPage session={session} />}</SignedIn>
        </Route>
        <Route path="/accounts/:accountId/*?">
          {({ accountId }) => (
            <SignedIn>
              {(session) => (
                <AccountIdProvider value={accountId}>
                  <Shell session={session}>
                    <PageBoundary place={place}>
                      <AccountPages />
                    </PageBoundary>
                  </Shell>
                </AccountIdProvider>
              )}
            </SignedIn>
          )}
        </Route>
        <Route>
          <BarePage>
            <NotFoundPage />
          </BarePage>
        </Route>
      </Switch>
    </PageBoundary>
  )
}

function AccountPages() {
  return (
    <Switch>
      <Route path="/accounts/:accountId">
        <OverviewPage />
      </Route>
      <Route path="/accounts/:accountId/certificates">
        <CertificatesPage />
      </Route>
      <Route path="/accounts/:accountId/certificates/new">
        <AddCertificatePage />
      </Route>
      <Route path="/accounts/:accountId/certificates/request">
        <SigningRequestPage />
      </Route>
      <Route path="/accounts/:accountId/certificates/issue">
        <IssuePage />
      </Route>
      <Route path="/accounts/:accountId/certificates/:certificateId">
        {({ certificateId }) => <CertificatePage key={certificateId} certificateId={certificateId} />}
      </Route>
      <Route path="/accounts/:accountId/certificates/:certificateId/signing">
        {({ certificateId }) => <SigningPage key={certificateId} certificateId={certificateId} />}
      </Route>
      <Route path="/accounts/:accountId/certificates/:certificateId/rotate">
        {({ certificateId }) => <RotatePage key={certificateId} certificateId={certificateId} />}
      </Route>
      <Route path="/accounts/:accountId/fleet">
        <FleetPage />
      </Route>
      <Route path="/accounts/:accountId/fleet/replacement">
        <ReplacementPage />
      </Route>
      {/* `new`, or the id of the mapping that is open in the panel beside the list. */}
      <Route path="/accounts/:accountId/mappings/:panel?">{({ panel }) => <MappingsPage panel={panel} />}</Route>
      <Route path="/accounts/:accountId/trusts">
        <TrustsPage />
      </Route>
      <Route path="/accounts/:accountId/signing-keys">
        <SigningKeysPage />
      </Route>
      <Route path="/accounts/:accountId/explain">
        <ExplainPage />
      </Route>
      <Route path="/accounts/:accountId/calls">
        <CallsPage />
      </Route>
      <Route path="/accounts/:accountId/audit">
        <AuditPage />
      </Route>
      <Route path="/accounts/:accountId/app-keys">
        <AppKeysPage />
      </Route>
      <Route path="/accounts/:accountId/invitations">
        <InvitationsPage />
      </Route>
      <Route path="/accounts/:accountId/approvals/:approvalId?">
        {({ approvalId }) => <ApprovalsPage key={approvalId} approvalId={approvalId} />}
      </Route>
      <Route path="/accounts/:accountId/settings">
        <SettingsPage />
      </Route>
      <Route path="/accounts/:accountId/token-issuers">
        <TokenIssuersPage />
      </Route>
      <Route component={NotFoundPage} />
    </Switch>
  )
}

function firstPageOf({ accounts }: Session): string {
  const [only, ...others] = accounts === '*' ? [] : accounts
  return only === undefined || others.length > 0 ? paths.accounts() : paths.overview(only)
}
