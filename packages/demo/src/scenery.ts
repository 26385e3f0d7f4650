import { setTimeout } from 'node:timers/promises'
import { ApiClient, createCa, type IssuedCertificate, type TestTarget } from '@mtls-gateway/test-kit'
import { hasMapping, type Mapped, send } from './forwarding.ts'
import { demoNames } from './leftovers.ts'
import { type AppKey, mapCertificate, pkcs12File, uploadCertificate } from './onboarding.ts'
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

const daysLeft = 9
const dayMs = 86_400_000

/**
 * What there is to look at beside the flow: a certificate that expires soon, one that the target refuses, and calls
 * that present them.
 */
export async function addScenery(options: SceneryOptions): Promise<StepResult<void>> {
  const { target } = options
  const expiring = await target.clientCa.issue({
    commonName: demoNames.expiring,
    organization: 'Demo',
    extendedKeyUsage: ['clientAuth'],
    // An hour later, so that what counts whole days says as many.
    notAfter: new Date(Date.now() + daysLeft * dayMs + 3_600_000),
  })
  const otherCa = await createCa({ name: 'Another CA' })
  const refused = await otherCa.issue({ commonName: demoNames.refused, extendedKeyUsage: ['clientAuth'] })
  await onboard(options, [
    { name: demoNames.expiring, identity: expiring, url: `${target.url}/expiring` },
    { name: demoNames.refused, identity: refused, url: `${target.url}/refused` },
  ])
  const calls = await call(options)
  return { result: `certificates that expire soon and that the target refuses, ${calls} calls`, value: undefined }
}

interface Example {
  readonly name: string
  readonly identity: IssuedCertificate
  readonly url: string
}

async function onboard(options: SceneryOptions, examples: readonly Example[]): Promise<void> {
  const { configApi, tenantToken, accountId, serviceName } = options
  const tenant = new ApiClient({ baseUrl: configApi, bearer: tenantToken })
  try {
    for (const { name, identity, url } of examples) {
      const upload = { name, identity, file: pkcs12File(identity, name) }
      const { value: certificateId } = await uploadCertificate(tenant, accountId, upload)
      await mapCertificate(tenant, accountId, { name, certificateId, serviceName, url })
    }
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
