import type { TargetTlsRequest, TargetTrustRequest, TestReport } from '@mtls-gateway/contract'
import { clientOf } from './page-client.ts'

/** A certificate with its key, as the gateway takes it; its password comes beside it. */
export type KeyMaterial = { readonly file: File } | { readonly certificate: string; readonly privateKey: string }

/** A call with the certificate that is tested. */
export interface TestedCall {
  readonly url: string
  readonly method: string
  readonly targetTrust: TargetTrustRequest | undefined
  readonly targetTls: TargetTlsRequest | undefined
}

/** What can be stored as it was tested. */
export interface TestedMaterial {
  readonly material: KeyMaterial
  readonly password: string
}

export interface Tested extends TestedMaterial {
  readonly call?: TestedCall | undefined
}

/** Nothing is stored. @throws GatewayProblem with what is wrong with the file in `problems` */
export async function testKeyMaterial(accountId: string, { material, password, call }: Tested): Promise<TestReport> {
  const secret = password === '' ? undefined : password
  const parts = 'file' in material ? { ...material, password: secret } : { ...material, passphrase: secret }
  const { body } = await clientOf(accountId).testP12({
    form: { ...parts, targetTrust: call?.targetTrust, targetTls: call?.targetTls },
    headers: call && { 'LP-forward-url': call.url, 'LP-method-override': call.method },
  })
  return body
}

/** One intent has one key, so that a second press stores nothing twice. */
export async function storeKeyMaterial(
  accountId: string,
  { name, material, password }: TestedMaterial & { readonly name: string },
  idempotencyKey: string,
) {
  const secret = password === '' ? undefined : password
  const client = clientOf(accountId)
  const { body } =
    'file' in material
      ? await client.createCertificateByFile({
          form: { file: material.file, certificate: { name, password: secret } },
          idempotencyKey,
        })
      : await client.createCertificates({ body: [{ name, ...material, passphrase: secret }], idempotencyKey })
  return body.successfulySavedCertificates[0]
}

/** As the next version of a certificate. */
export function stageKeyMaterial(
  accountId: string,
  certificateId: number,
  { material, password }: TestedMaterial,
  idempotencyKey: string,
) {
  const secret = password === '' ? undefined : password
  const place = { certificateId, idempotencyKey }
  const client = clientOf(accountId)
  return 'file' in material
    ? client.stageVersion({ ...place, form: { file: material.file, password: secret } })
    : client.stageVersion({ ...place, body: { ...material, passphrase: secret } })
}
