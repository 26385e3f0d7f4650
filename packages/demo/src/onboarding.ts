import { randomBytes } from 'node:crypto'
import type {
  CreatedAppKey,
  AppKey as ListedAppKey,
  MappingRequest,
  SaveResult,
  TestReport,
} from '@mtls-gateway/contract'
import { defaultAppKeyScopes } from '@mtls-gateway/domain'
import { type ApiClient, type IssuedCertificate, makePkcs12 } from '@mtls-gateway/test-kit'
import { demoNames } from './leftovers.ts'
import { answered, StepFailure } from './step-failure.ts'
import type { StepResult } from './steps.ts'

/** What a caller signs with. */
export type AppKey = Pick<CreatedAppKey, 'appKey' | 'appSecret'>

export interface Pkcs12File {
  readonly content: Uint8Array
  readonly password: string
}

/** The kept one if the account still has it, so that logins go on working; else a new one. */
export async function appKeyOf(
  admin: ApiClient,
  account: string,
  kept: AppKey | undefined,
): Promise<StepResult<AppKey>> {
  if (kept === undefined) return createAppKey(admin, account)
  const listed = await answered(200, admin.json<readonly ListedAppKey[]>('GET', `/mtls/account/${account}/app-keys`))
  if (!listed.some(({ appKey }) => appKey === kept.appKey)) return createAppKey(admin, account)
  return { result: `${kept.appKey}, as before`, value: kept }
}

async function createAppKey(admin: ApiClient, account: string): Promise<StepResult<AppKey>> {
  const request = admin.json<CreatedAppKey>('POST', `/mtls/account/${account}/app-keys`, { label: demoNames.appKey })
  const { appKey, appSecret, scopes } = await answered(201, request)
  const missing = defaultAppKeyScopes.filter((scope) => !scopes.includes(scope))
  if (missing.length > 0) throw new StepFailure(`the new app key lacks ${missing.join(' and ')}`)
  return { result: appKey, value: { appKey, appSecret } }
}

export function pkcs12File(identity: IssuedCertificate, friendlyName: string): Pkcs12File {
  const password = randomBytes(18).toString('base64url')
  return { content: makePkcs12({ identity, password, friendlyName }), password }
}

/** Makes a PKCS#12 file as a tenant has one, and has the key tester look at it. */
export async function examinePkcs12(
  tenant: ApiClient,
  account: string,
  { name, identity }: { readonly name: string; readonly identity: IssuedCertificate },
): Promise<StepResult<Pkcs12File>> {
  const file = pkcs12File(identity, name)
  const request = tenant.multipart<TestReport>(
    'POST',
    `/mtls/account/${account}/p12-test/multipart`,
    { password: file.password },
    { file: { fileName: `${name}.p12`, content: file.content, type: 'application/x-pkcs12' } },
  )
  const report = await answered(200, request)
  if (!report.keyMatchesCertificate)
    throw new StepFailure('the tester says that the key is not that of the certificate')
  const keys = report.keys.map(({ type, curve }) => [type, curve].filter(Boolean).join(' ')).join(', ')
  const java = report.readableByJava.join(', ') || 'none'
  const result = `${keys}; readable by ${report.readBy}, Java ${java}`
  return { result, value: file }
}

export async function uploadCertificate(
  tenant: ApiClient,
  account: string,
  upload: { readonly name: string; readonly file: Pkcs12File; readonly identity: IssuedCertificate },
): Promise<StepResult<number>> {
  const { name, file, identity } = upload
  const p12 = Buffer.from(file.content).toString('base64')
  const request = tenant.json<SaveResult>('POST', `/mtls/account/${account}/certificates`, [
    { name, p12, password: file.password },
  ])
  const [saved] = (await answered(201, request)).successfulySavedCertificates
  if (saved?.fingerprintSha256 !== identity.fingerprintSha256 || saved.status !== 'Available') {
    throw new StepFailure('what was saved is not the certificate that was uploaded')
  }
  const { id, status, expirationDate } = saved
  return { result: `${id}, ${status} until ${expirationDate?.slice(0, 10)}`, value: id }
}

export interface DemoMapping extends Pick<MappingRequest, 'targetAuth' | 'messageSignature'> {
  readonly name: string
  /** By name. */
  readonly certificate: string
  readonly certificateId: number
  readonly serviceName: string
  readonly url: string
}

export async function mapCertificate(
  tenant: ApiClient,
  account: string,
  mapping: DemoMapping,
): Promise<StepResult<void>> {
  const { certificate, certificateId, serviceName, ...rest } = mapping
  await answered(
    201,
    tenant.json('POST', `/mtls/account/${account}/mappings`, [
      { ...rest, certificationId: String(certificateId), serviceId: serviceName, enable: true },
    ]),
  )
  return { result: `${serviceName} + ${mapping.url} -> ${certificate}`, value: undefined }
}
