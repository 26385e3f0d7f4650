import type { Bulkheads } from '@mtls-gateway/bulkhead'
import type { Coordination, RateCounter } from '@mtls-gateway/coordination'
import {
  type Application,
  type ApplicationParts,
  buildInfo,
  type Log,
  type ServiceMetrics,
  type TrustedProxies,
} from '@mtls-gateway/service-kit'
import type { ConsoleConfiguration } from './configuration/settings.ts'
import { ConsoleMetrics } from './console-metrics.ts'
import type { GatewayService } from './gateway/gateway-service.ts'
import { proxiedLimits } from './gateway/proxied-limits.ts'
import { ServiceProxy } from './gateway/service-proxy.ts'
import { handoverRoutes } from './handovers/handover-routes.ts'
import { createApplication } from './http/application.ts'
import { AttemptCookie, attemptSchema } from './oidc/attempt-cookie.ts'
import { oidcRoutes } from './oidc/oidc-routes.ts'
import { openOidc } from './oidc/open-oidc.ts'
import { SignOut } from './oidc/sign-out.ts'
import { Seal } from './session/seal.ts'
import { type Session, sessionSchema } from './session/session.ts'
import { SessionCookie } from './session/session-cookie.ts'
import { SessionGate } from './session/session-gate.ts'
import type { SealingKeys } from './session/session-keys.ts'
import { sessionRoutes } from './session/session-routes.ts'
import { SignedOut } from './session/signed-out.ts'
import { codeRoutes } from './sign-in/code-routes.ts'
import { SignInCodes, signInCodeSchema } from './sign-in/sign-in-codes.ts'
import type { WebFile } from './web-files/web-files.ts'
import { webRoutes } from './web-files/web-routes.ts'

export interface ConsoleParts extends ApplicationParts {
  readonly configuration: ConsoleConfiguration
  readonly bulkheads: Bulkheads
  readonly configApi: GatewayService
  readonly forwarderApi: GatewayService | undefined
  readonly coordination: Coordination
  readonly files: ReadonlyMap<string, WebFile>
  readonly keys: SealingKeys
  readonly log: Log
  readonly metrics: ServiceMetrics
  readonly proxies: TrustedProxies
  readonly rates: RateCounter
  /** Where people open the console; known once it listens. */
  readonly publicUrl: () => string
}

const linkLifetimeMs = 60_000
/** For whoever has opened the link, and reads whom it signs in. */
const confirmationLifetimeMs = 600_000

/** Everything that the console answers. */
export function consoleApplication(parts: ConsoleParts): Application {
  const { configuration, configApi, forwarderApi, coordination, files, keys, log, proxies, publicUrl } = parts
  const { sessionLifetimeMs: lifetimeMs } = configuration
  const { leases } = coordination
  const counts = new ConsoleMetrics(parts.metrics)
  const cookieRules = { isSecure: hasTls(configuration) }
  const oidc = openOidc(configuration, { leases, log, publicUrl, onRefresh: (result) => counts.countRefresh(result) })
  const cookie = new SessionCookie(new Seal(keys.session, sessionSchema), cookieRules)
  const gate = new SessionGate({
    cookie,
    refresh: async (session) => oidc?.refresher.fresh(session) ?? session,
    signedOut: new SignedOut(leases, log),
    discard: async (session) => signOut?.revoke(session),
  })
  const proxy = new ServiceProxy(configApi, proxies)
  const forwarderProxy = forwarderApi && new ServiceProxy(forwarderApi, proxies)
  const links = new SignInCodes(new Seal(keys['sign-in-code'], signInCodeSchema), leases, linkLifetimeMs)
  const confirmationSeal = new Seal(keys['sign-in-confirmation'], signInCodeSchema)
  const confirmations = new SignInCodes(confirmationSeal, leases, confirmationLifetimeMs)
  const attempts = new AttemptCookie(new Seal(keys['sign-in'], attemptSchema), cookieRules)
  const signOut = oidc && new SignOut(oidc.provider, log)
  const shared = { configApi, proxy, gate, lifetimeMs, log }
  return createApplication({
    ...parts,
    routes: (app) => {
      app.get('/console/config', async () => ({
        oidc: oidc !== undefined,
        version: buildInfo().version,
        forwarderUrl: configuration.forwarderUrl ?? null,
        asksForTokens: forwarderApi !== undefined,
      }))
      const requests = parts.bulkheads.open('proxied-requests', proxiedLimits)
      const beginSignOut = async (session: Session) => signOut?.begin(session)
      sessionRoutes(app, { ...shared, forwarderProxy, requests, signOut: beginSignOut })
      handoverRoutes(app, configApi, proxy)
      codeRoutes(app, { ...shared, links, confirmations, publicUrl, onSignIn: (via) => counts.countSignIn(via) })
      if (oidc) {
        const { provider } = oidc
        oidcRoutes(app, { ...shared, provider, attempts, onSignIn: () => counts.countSignIn('oidc') })
      }
      webRoutes(app, files)
    },
  })
}

/** Whether browsers reach it over TLS. Without, they are on this host (the rules of the settings see to that). */
function hasTls({ publicUrl, tlsCertFile }: ConsoleConfiguration): boolean {
  return publicUrl === undefined ? tlsCertFile !== undefined : publicUrl.startsWith('https:')
}
