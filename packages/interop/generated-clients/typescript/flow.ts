/** Onboards a certificate by openapi-fetch and generated types: upload, list, map, check, explain, delete. */
import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { setTimeout } from 'node:timers/promises'
import createClient from 'openapi-fetch'
import type { paths as ConfigApi } from './config_api.ts'
import type { paths as ForwarderApi } from './forwarder_api.ts'

const facts = JSON.parse(readFileSync(process.env.FLOW_FILE ?? '', 'utf8'))
const { accountId, url, p12, password } = facts
const name = 'by TypeScript'
const headers = { authorization: `Bearer ${facts.token}` }
const config = createClient<ConfigApi>({ baseUrl: facts.configApi, headers })
const forwarder = createClient<ForwarderApi>({ baseUrl: facts.forwarderApi, headers })
const params = { path: { accountId } }
const certificatesPath = '/mtls/account/{accountId}/certificates'
const mappingsPath = '/mtls/account/{accountId}/mappings'

const saved = await config.POST(certificatesPath, { params, body: [{ name, p12, password }] })
const certificate = saved.data?.successfulySavedCertificates[0]
assert.equal(certificate?.status, 'Available')
const certificateId: number = certificate.id
const listed = await config.GET(certificatesPath, { params })
assert.ok(listed.data?.some(({ id }) => id === certificateId))

const mapping = { name, url, serviceId: 'IDP', certificationId: certificateId }
const made = await config.POST(mappingsPath, { params, body: [mapping] })
// An account may want a second person's word for it: 202 (docs/approvals.md).
assert.ok(Array.isArray(made.data))
const mappingId = made.data[0]?.id
assert.ok(mappingId)

const body = [{ serviceName: 'IDP', accountId, url }]
// The forwarder hears of the mapping a moment later.
for (let doExist = false; !doExist; await setTimeout(100)) {
  const { data } = await forwarder.POST('/mtls/mapping', { params: { query: { v: '2' } }, body })
  assert.ok(Array.isArray(data))
  doExist = data[0]?.doExist ?? false
}
const call = { serviceName: 'IDP', url }
const explained = await config.POST('/mtls/account/{accountId}/mappings/explain', { params, body: call })
assert.equal(explained.data?.outcome, 'certificate')

const certificatePath = '/mtls/account/{accountId}/certificates/{certificateId}'
const certificateParams = { path: { accountId, certificateId } }
const refused = await config.DELETE(certificatePath, { params: certificateParams })
assert.equal(refused.error?.code, 'CERTIFICATE_IN_USE')
const mappingPath = '/mtls/account/{accountId}/mappings/{mappingId}'
const unmapped = await config.DELETE(mappingPath, { params: { path: { accountId, mappingId } } })
assert.ok(unmapped.data && 'deleted' in unmapped.data && unmapped.data.deleted)
assert.ok((await config.DELETE(certificatePath, { params: certificateParams })).data?.deleted)
