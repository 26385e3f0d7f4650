import { ApiClient, type IssuedCertificate, type MtlsTarget } from '@mtls-gateway/test-kit'
import { checkMapping, forward } from './forwarding.ts'
import { demoNames, removeLeftovers } from './leftovers.ts'
import { type AppKey, appKeyOf, examinePkcs12, mapCertificate, uploadCertificate } from './onboarding.ts'
import type { Steps } from './steps.ts'
import { expectRefusal } from './target-refusal.ts'

export interface HappyFlowOptions {
  readonly steps: Steps
  readonly target: MtlsTarget
  /** What is onboarded; the target takes it. */
  readonly identity: IssuedCertificate
  readonly accountId: string
  readonly serviceName: string
  readonly targetUrl: string
  /** Base urls. */
  readonly configApi: string
  readonly forwarderApi: string
  readonly tenantToken: string
  readonly adminToken: string
  /** From an earlier run; used again if the account still has it. */
  readonly keptAppKey: AppKey | undefined
}

/**
 * Onboards a client certificate by self-service and forwards a call that presents it, all through the public API.
 * @throws whatever made a step fail, after the step was shown
 */
export async function happyFlow(options: HappyFlowOptions): Promise<AppKey> {
  const { steps, target } = options
  await steps.run('calls without a certificate are refused', () => expectRefusal(target))
  const appKey = await onboard(options)
  await call(options, appKey)
  return appKey
}

async function onboard(options: HappyFlowOptions): Promise<AppKey> {
  const { steps, identity, accountId: account, serviceName, targetUrl: url, keptAppKey: kept } = options
  const admin = new ApiClient({ baseUrl: options.configApi, bearer: options.adminToken })
  const tenant = new ApiClient({ baseUrl: options.configApi, bearer: options.tenantToken })
  const api = 'config-api'
  try {
    await steps.run('leftovers of an earlier run deleted', () => removeLeftovers(admin, account, kept?.appKey), api)
    const appKey = await steps.run('app key ready', () => appKeyOf(admin, account, kept), api)
    const file = await steps.run('PKCS#12 file checked', () => examinePkcs12(tenant, account, identity), api)
    const upload = () => uploadCertificate(tenant, account, { name: demoNames.certificate, file, identity })
    const certificateId = await steps.run('certificate uploaded', upload, api)
    const mapping = { name: demoNames.mapping, certificateId, serviceName, url }
    await steps.run('certificate mapped', () => mapCertificate(tenant, account, mapping), api)
    return appKey
  } finally {
    await Promise.all([admin.close(), tenant.close()])
  }
}

async function call(options: HappyFlowOptions, appKey: AppKey): Promise<void> {
  const { steps, target, identity, accountId, serviceName, targetUrl: url } = options
  const caller = new ApiClient({ baseUrl: options.forwarderApi, oauth1: appKey })
  const mapped = { accountId, serviceName, url }
  const api = 'forwarder-api'
  try {
    await steps.run('mapping checked', () => checkMapping(caller, mapped), api)
    await steps.run('call forwarded', () => forward(caller, mapped, { target, identity }), api)
  } finally {
    await caller.close()
  }
}
