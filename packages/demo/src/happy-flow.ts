import { ApiClient, type IssuedCertificate, type MtlsTarget } from '@mtls-gateway/test-kit'
import { type Bank, bankRequirements, paymentsUrl } from './bank.ts'
import { checkMapping, forward, pay } from './forwarding.ts'
import { demoProfiles } from './issuers-file.ts'
import { demoNames, removeLeftovers } from './leftovers.ts'
import { type AppKey, appKeyOf, examinePkcs12, mapCertificate, uploadCertificate } from './onboarding.ts'
import { type Ordered, orderCertificate, trustIssuer } from './ordering.ts'
import type { Steps } from './steps.ts'
import { expectRefusal } from './target-refusal.ts'

export interface HappyFlowOptions {
  readonly steps: Steps
  readonly target: MtlsTarget
  /** At this target. */
  readonly bank: Bank
  /** What is uploaded; the target takes it. */
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
 * Uploads a client certificate and orders another one, by self-service, and forwards a call that presents the ordered
 * one, all through the public API.
 * @throws whatever made a step fail, after the step was shown
 */
export async function happyFlow(options: HappyFlowOptions): Promise<AppKey> {
  const { steps, target } = options
  await steps.run('calls without a certificate are refused', () => expectRefusal(target))
  const { appKey, ordered } = await onboard(options)
  await call(options, appKey, ordered)
  return appKey
}

async function onboard(options: HappyFlowOptions) {
  const { steps, target, identity, accountId: account, serviceName, targetUrl: url, keptAppKey: kept } = options
  const admin = new ApiClient({ baseUrl: options.configApi, bearer: options.adminToken })
  const tenant = new ApiClient({ baseUrl: options.configApi, bearer: options.tenantToken })
  const api = 'config-api'
  try {
    await steps.run('leftovers of an earlier run deleted', () => removeLeftovers(admin, account, kept?.appKey), api)
    const appKey = await steps.run('app key ready', () => appKeyOf(admin, account, kept), api)
    const { certificate, expiring } = demoNames
    const examine = () => examinePkcs12(tenant, account, { name: expiring, identity })
    const file = await steps.run('PKCS#12 file checked', examine, api)
    const upload = () => uploadCertificate(tenant, account, { name: expiring, file, identity })
    const uploadedId = await steps.run('certificate uploaded', upload, api)
    const profile = demoProfiles.usual
    const order = () => orderCertificate(tenant, account, { name: certificate, profile })
    const ordered = await steps.run('certificate ordered', order, api)
    await steps.run('target trusts its issuer', () => trustIssuer(tenant, account, { profile, target }), api)
    const uploaded = { name: expiring, certificate: expiring, certificateId: uploadedId, url: `${target.url}/expiring` }
    const mapping = { name: demoNames.mapping, certificate, certificateId: ordered.id, url }
    const atBank = { ...mapping, name: demoNames.bankMapping, url: paymentsUrl(url), ...bankRequirements(url) }
    const map = async () => {
      await mapCertificate(tenant, account, { ...uploaded, serviceName })
      await mapCertificate(tenant, account, { ...atBank, serviceName })
      return mapCertificate(tenant, account, { ...mapping, serviceName })
    }
    await steps.run('certificate mapped', map, api)
    return { appKey, ordered }
  } finally {
    await Promise.all([admin.close(), tenant.close()])
  }
}

async function call(options: HappyFlowOptions, appKey: AppKey, identity: Ordered): Promise<void> {
  const { steps, target, bank, accountId, serviceName, targetUrl: url } = options
  const caller = new ApiClient({ baseUrl: options.forwarderApi, oauth1: appKey })
  const mapped = { accountId, serviceName, url }
  const api = 'forwarder-api'
  try {
    await steps.run('mapping checked', () => checkMapping(caller, mapped), api)
    await steps.run('call forwarded', () => forward(caller, mapped, { target, identity }), api)
    const toBank = { ...mapped, url: paymentsUrl(url) }
    await steps.run('bank called with token and signature', () => pay(caller, toBank, bank), api)
  } finally {
    await caller.close()
  }
}
