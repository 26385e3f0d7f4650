import { ApiClient, type TestKeyType } from '@mtls-gateway/test-kit'
import { type AppKey, BenchAccount } from '../gateway/bench-account.ts'
import type { BenchTarget } from '../target/bench-target.ts'
import type { Stage } from './measurement.ts'

export interface Tenant {
  readonly account: BenchAccount
  /** `/mtls/account/ID` */
  readonly path: string
  readonly certificateId: number
  readonly appKey: AppKey
}

/** An account with one certificate, mapped to the target's paths. */
export async function newTenant(
  { services, target: quietTarget }: Stage,
  id: string,
  paths: readonly string[],
  target: BenchTarget = quietTarget,
  keyType: TestKeyType = 'EC-P256',
): Promise<Tenant> {
  const account = new BenchAccount({ id, configApi: services.api })
  const { certificate, privateKey } = await target.clientCa.issue({ commonName: id, keyType })
  const [certificateId = 0] = await account.addCertificates([{ name: id, certificate, privateKey }])
  const url = (path: string) => `${target.url}/${path}`
  await account.addMappings(paths.map((path) => ({ name: path, url: url(path), certificationId: certificateId })))
  return {
    account,
    path: `/mtls/account/${id}`,
    certificateId,
    appKey: await account.addAppKey(['forward', 'mtls:read']),
  }
}

/** Has the tenant present its certificate to all of these. */
export async function mapAll({ account, certificateId }: Tenant, urls: readonly string[]): Promise<void> {
  await account.addMappings(urls.map((url, n) => ({ name: `url-${n}`, url, certificationId: certificateId })))
}

/** A client of the forwarder that signs with the tenant's key. */
export function callerOf({ services, opened }: Stage, { appKey }: Tenant): ApiClient {
  return opened.adopt(new ApiClient({ baseUrl: services.forwarder.url, oauth1: appKey }), (client) => client.close())
}

export function forwardTo(url: string): Readonly<Record<string, string>> {
  return { 'LP-forward-url': url, 'LP-service-name': 'IDP' }
}
