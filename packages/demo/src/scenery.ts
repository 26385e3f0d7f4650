import { setTimeout } from 'node:timers/promises'
import { ApiClient, createCa, type IssuedCertificate, type TestTarget } from '@mtls-gateway/test-kit'
import { hasMapping, type Mapped, send } from './forwarding.ts'
import { demoProfiles } from './issuers-file.ts'
import { demoNames } from './leftovers.ts'
import { type AppKey, mapCertificate, pkcs12File, uploadCertificate } from './onboarding.ts'
import { orderCertificate } from './ordering.ts'
import { StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

export interface SceneryOptions {
  readonly target: TestTarget
  readonly accountId: string
  readonly serviceName: string
  readonly targetUrl: string
  readonly configApi: string
  readonly forwarderApi: string
  readonly tenantToken: string
  readonly appKey: AppKey
}

/**
 * What there is to look at beside the flow: a certificate that the target refuses, one of two minutes that renews
 * itself, and calls that present them and the one that expires soon.
 */
export async function addScenery(options: SceneryOptions): Promise<StepResult<void>> {
  const otherCa = await createCa({ name: 'Another CA' })
  const refused = await otherCa.issue({ commonName: demoNames.refused, extendedKeyUsage: ['clientAuth'] })
  await onboard(options, refused)
  const calls = await call(options)
  const result = `one that the target refuses, one that renews itself each minute, ${calls} calls`
  return { result, value: undefined }
}

async function onboard(options: SceneryOptions, identity: IssuedCertificate): Promise<void> {
  const { configApi, tenantToken, accountId, serviceName, target } = options
  const tenant = new ApiClient({ baseUrl: configApi, bearer: tenantToken })
  const map = (name: string, certificateId: number, url: string) =>
    mapCertificate(tenant, accountId, { name, certificate: name, certificateId, serviceName, url })
  try {
    const { refused, twoMinutes } = demoNames
    const upload = { name: refused, identity, file: pkcs12File(identity, refused) }
    const { value: refusedId } = await uploadCertificate(tenant, accountId, upload)
    const order = { name: twoMinutes, profile: demoProfiles.twoMinutes }
    const { value: ordered } = await orderCertificate(tenant, accountId, order)
    await map(twoMinutes, ordered.id, `${target.url}/two-minutes`)
    await map(refused, refusedId, `${target.url}/refused`)
  } finally {
    await tenant.close()
  }
}

/** How many calls there were. Those that the target refuses fail, as they must. */
async function call({ forwarderApi, appKey, accountId, serviceName, target, targetUrl }: SceneryOptions) {
  const caller = new ApiClient({ baseUrl: forwarderApi, oauth1: appKey })
  // By turns: of those that succeed, a forwarder records two in a second.
  const urls = [
    ...Array<string[]>(6)
      .fill([targetUrl, `${target.url}/expiring`])
      .flat(),
    ...Array<string>(3).fill(`${target.url}/refused`),
    `${target.url}/two-minutes`,
    `${target.url}/unmapped`,
  ]
  try {
    await isMapped(caller, { accountId, serviceName, url: `${target.url}/refused` })
    for (const url of urls) await send(caller, { accountId, serviceName, url })
    return urls.length
  } finally {
    await caller.close()
  }
}

/** Waits until the forwarder knows what was mapped last: before, calls go out without a certificate. */
async function isMapped(caller: ApiClient, mapped: Mapped): Promise<void> {
  for (let tries = 0; tries < 100; tries++) {
    if (await hasMapping(caller, mapped)) return
    await setTimeout(100)
  }
  throw new StepFailure(`the forwarder does not get to know that ${mapped.url} is mapped`)
}
