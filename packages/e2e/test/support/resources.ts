/** A row of the contract's authentication table, for one method and path. */
export interface Resource {
  readonly api: 'config' | 'forwarder'
  readonly method: string
  readonly path: (account: string) => string
  readonly scope: 'mtls:read' | 'mtls:write' | 'mtls:admin' | 'forward'
  readonly oauth1: boolean
  readonly bearer: boolean
  /** The status of an authorised call with the body `[]`, if that body does not decide it. */
  readonly status?: number
}

const both = { oauth1: true, bearer: true }
const bearerOnly = { oauth1: false, bearer: true }
const oauth1Only = { oauth1: true, bearer: false }

type Rest = Pick<Resource, 'scope' | 'oauth1' | 'bearer' | 'status'>

function config(method: string, below: string, rest: Rest): Resource {
  return { api: 'config', method, path: (account) => `/mtls/account/${account}/${below}`, ...rest }
}

function acCommon(method: string, id: string, rest: Rest): Resource {
  const path = (account: string) => `/api/account/${account}/configuration/ac-common/mtls${id}?v=3.0`
  return { api: 'config', method, path, ...rest }
}

const certificates = [
  config('POST', 'certificates', { scope: 'mtls:write', ...both }),
  config('PUT', 'certificates', { scope: 'mtls:write', ...both }),
  config('GET', 'certificates', { scope: 'mtls:read', ...both, status: 200 }),
  config('GET', 'certificates/summary', { scope: 'mtls:read', ...both, status: 200 }),
  config('GET', 'certificates/1', { scope: 'mtls:read', ...both, status: 404 }),
  config('DELETE', 'certificates/1', { scope: 'mtls:write', ...both, status: 404 }),
  config('POST', 'certificates/by-file', { scope: 'mtls:write', ...bearerOnly }),
  config('PUT', 'certificates/by-file', { scope: 'mtls:write', ...bearerOnly }),
  config('GET', 'certificates/1/download', { scope: 'mtls:read', ...both, status: 404 }),
  config('POST', 'certificates/1/trial', { scope: 'mtls:write', ...both }),
  config('POST', 'p12-test/multipart', { scope: 'mtls:write', ...bearerOnly }),
]

const signingRequests = [
  config('POST', 'certificates/csr', { scope: 'mtls:write', ...both }),
  config('PUT', 'certificates/1/signed-certificate', { scope: 'mtls:write', ...both }),
  config('POST', 'certificates/1/staged/csr', { scope: 'mtls:write', ...both }),
  config('PUT', 'certificates/1/staged/signed-certificate', { scope: 'mtls:write', ...both }),
]

const rotation = [
  config('GET', 'certificates/1/propagation', { scope: 'mtls:read', ...both, status: 404 }),
  config('POST', 'certificates/activate/1', { scope: 'mtls:write', ...both }),
  config('POST', 'certificates/1/staged', { scope: 'mtls:write', ...both }),
  config('DELETE', 'certificates/1/staged', { scope: 'mtls:write', ...both, status: 404 }),
  config('POST', 'certificates/1/staged/promote', { scope: 'mtls:write', ...both }),
  config('POST', 'certificates/1/staged/probe', { scope: 'mtls:write', ...both }),
  config('POST', 'certificates/1/rollback', { scope: 'mtls:write', ...both }),
  config('DELETE', 'certificates/1/previous', { scope: 'mtls:write', ...both, status: 404 }),
]

const plans = [
  config('GET', 'issuers', { scope: 'mtls:read', ...both, status: 200 }),
  config('GET', 'sources', { scope: 'mtls:read', ...both, status: 200 }),
  config('GET', 'issuers/none/ca', { scope: 'mtls:read', ...both, status: 404 }),
  config('POST', 'certificates/issue', { scope: 'mtls:write', ...both }),
  config('GET', 'certificates/1/plan', { scope: 'mtls:read', ...both, status: 404 }),
  config('PUT', 'certificates/1/plan', { scope: 'mtls:write', ...both }),
  config('DELETE', 'certificates/1/plan', { scope: 'mtls:write', ...both, status: 404 }),
  config('POST', 'certificates/1/plan/run', { scope: 'mtls:write', ...both, status: 404 }),
  config('POST', 'certificates/replace', { scope: 'mtls:admin', ...bearerOnly }),
]

const handovers = [
  config('POST', 'certificates/1/handovers', { scope: 'mtls:write', ...both }),
  config('GET', 'certificates/1/handovers', { scope: 'mtls:read', ...both, status: 404 }),
  config('DELETE', 'certificates/1/handovers/1', { scope: 'mtls:write', ...both, status: 404 }),
  config('GET', 'certificates/1/registration-facts', { scope: 'mtls:read', ...both, status: 404 }),
]

const mappings = [
  config('POST', 'mappings', { scope: 'mtls:write', ...both }),
  config('GET', 'mappings', { scope: 'mtls:read', ...both, status: 200 }),
  config('PUT', 'mappings', { scope: 'mtls:write', ...both }),
  config('GET', 'mappings/1', { scope: 'mtls:read', ...both, status: 404 }),
  config('PUT', 'mappings/1', { scope: 'mtls:write', ...both }),
  config('DELETE', 'mappings/1', { scope: 'mtls:write', ...both, status: 404 }),
  config('POST', 'mappings/explain', { scope: 'mtls:read', ...both, status: 400 }),
  config('POST', 'target-ca', { scope: 'mtls:write', ...both, status: 400 }),
  acCommon('POST', '', { scope: 'mtls:write', ...both }),
  acCommon('GET', '', { scope: 'mtls:read', ...both, status: 200 }),
  acCommon('PUT', '', { scope: 'mtls:write', ...both }),
  acCommon('GET', '/1', { scope: 'mtls:read', ...both, status: 404 }),
  acCommon('PUT', '/1', { scope: 'mtls:write', ...both }),
  acCommon('DELETE', '/1', { scope: 'mtls:write', ...both, status: 404 }),
]

const trusts = [
  config('GET', 'trusts', { scope: 'mtls:read', ...both, status: 200 }),
  config('GET', 'trusts/a', { scope: 'mtls:read', ...both, status: 404 }),
  config('PUT', 'trusts/a', { scope: 'mtls:write', ...both }),
  config('DELETE', 'trusts/a', { scope: 'mtls:write', ...both, status: 404 }),
]

const services = [config('GET', 'services', { scope: 'mtls:read', ...both, status: 200 })]

const appKeys = [
  config('POST', 'app-keys', { scope: 'mtls:admin', ...bearerOnly }),
  config('GET', 'app-keys', { scope: 'mtls:admin', ...bearerOnly, status: 200 }),
  config('DELETE', 'app-keys/x.1', { scope: 'mtls:admin', ...bearerOnly, status: 404 }),
]

const invitations = [
  config('POST', 'invitations', { scope: 'mtls:admin', ...bearerOnly }),
  config('GET', 'invitations', { scope: 'mtls:admin', ...bearerOnly, status: 200 }),
  config('DELETE', 'invitations/1', { scope: 'mtls:admin', ...bearerOnly, status: 404 }),
]

const signingKeys = [
  config('POST', 'signing-keys', { scope: 'mtls:write', ...both, status: 400 }),
  config('GET', 'signing-keys', { scope: 'mtls:read', ...both, status: 200 }),
  config('POST', 'signing-keys/x/activate', { scope: 'mtls:write', ...both }),
  config('DELETE', 'signing-keys/x', { scope: 'mtls:write', ...both, status: 404 }),
]

const approvals = [
  config('GET', 'approvals', { scope: 'mtls:read', ...both, status: 200 }),
  config('GET', 'approvals/1', { scope: 'mtls:read', ...both, status: 404 }),
  config('POST', 'approvals/1/approve', { scope: 'mtls:read', ...both }),
  config('POST', 'approvals/1/refuse', { scope: 'mtls:read', ...both }),
]

const settings = [
  config('GET', 'settings', { scope: 'mtls:admin', ...bearerOnly, status: 200 }),
  config('PUT', 'settings', { scope: 'mtls:admin', ...bearerOnly }),
  config('POST', 'settings/notices/1/test', { scope: 'mtls:admin', ...bearerOnly, status: 404 }),
  config('POST', 'settings/webhook/test', { scope: 'mtls:admin', ...bearerOnly, status: 404 }),
]

const document = [
  config('GET', 'document', { scope: 'mtls:read', ...both, status: 200 }),
  config('PUT', 'document', { scope: 'mtls:write', ...both }),
]

const audit = [config('GET', 'audit', { scope: 'mtls:admin', ...bearerOnly, status: 200 })]

const checkMapping: Resource[] = [
  { api: 'forwarder', method: 'POST', path: () => '/mtls/mapping?v=1', scope: 'mtls:read', ...both },
  { api: 'forwarder', method: 'POST', path: (id) => `/mtls/account/${id}/mapping`, scope: 'mtls:read', ...both },
  {
    ...{ api: 'forwarder', method: 'POST', path: (id) => `/mtls/account/${id}/mappings/1/token` },
    ...{ scope: 'mtls:write', ...both, status: 404 },
  },
]

const forward = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE'].map((method): Resource => {
  const path = (account: string) => `/mtls/account/${account}`
  return { api: 'forwarder', method, path, scope: 'forward', ...oauth1Only, status: 400 }
})

const byBaseUrl = forward.map((call): Resource => {
  return { ...call, path: (account) => `/mtls/account/${account}/to/1/a/b?c=d`, status: 404 }
})

export const resources: readonly Resource[] = [
  ...certificates,
  ...signingRequests,
  ...rotation,
  ...plans,
  ...handovers,
  ...mappings,
  ...trusts,
  ...services,
  ...appKeys,
  ...invitations,
  ...audit,
  ...signingKeys,
  ...approvals,
  ...settings,
  ...document,
  ...checkMapping,
  ...forward,
  ...byBaseUrl,
]
