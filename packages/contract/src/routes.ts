import {
  acCommonPath,
  accountPath,
  baseUrlPath,
  callerPath,
  certificatePath,
  certificatesPath,
  mappingsPath,
  restOfPath,
  tokenIssuersPath,
} from './paths.ts'

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Where an operation is. Apart from the rest of it, so that clients can have it without loading any schema. */
export interface Route {
  readonly method: Method
  /** `/mtls/account/{accountId}/certificates`. */
  readonly path: string
  /** A second path, which clients of the original API know, and its query. */
  readonly alsoAt?: string
  /** Anyone may call it: clients send no credentials. */
  readonly open?: true
}

export type Routes = Readonly<Record<string, Route>>

export const callerRoutes = {
  whoAmI: { method: 'GET', path: callerPath },
  listTokenIssuers: { method: 'GET', path: tokenIssuersPath },
} as const satisfies Routes

export const serviceRoutes = {
  listServices: { method: 'GET', path: `${accountPath}/services` },
} as const satisfies Routes

const certificatePlace = { path: certificatePath } as const
const allCertificates = { path: certificatesPath } as const
const certificateFiles = { path: `${certificatesPath}/by-file` } as const

export const certificateRoutes = {
  createCertificates: { method: 'POST', ...allCertificates },
  replaceCertificates: { method: 'PUT', ...allCertificates },
  createCertificateByFile: { method: 'POST', ...certificateFiles },
  replaceCertificateByFile: { method: 'PUT', ...certificateFiles },
  listCertificates: { method: 'GET', ...allCertificates },
  countCertificates: { method: 'GET', path: `${certificatesPath}/summary` },
  getCertificate: { method: 'GET', ...certificatePlace },
  deleteCertificate: { method: 'DELETE', ...certificatePlace },
  downloadCertificate: { method: 'GET', path: `${certificatePath}/download` },
} as const satisfies Routes

const stagedPath = `${certificatePath}/staged` as const

export const signingRequestRoutes = {
  createSigningRequest: { method: 'POST', path: `${certificatesPath}/csr` },
  completeSigningRequest: { method: 'PUT', path: `${certificatePath}/signed-certificate` },
  createRenewalRequest: { method: 'POST', path: `${stagedPath}/csr` },
  completeRenewalRequest: { method: 'PUT', path: `${stagedPath}/signed-certificate` },
} as const satisfies Routes

export const rotationRoutes = {
  stageVersion: { method: 'POST', path: stagedPath },
  dropStaged: { method: 'DELETE', path: stagedPath },
  probeStaged: { method: 'POST', path: `${stagedPath}/probe` },
  promoteStaged: { method: 'POST', path: `${stagedPath}/promote` },
  rollBack: { method: 'POST', path: `${certificatePath}/rollback` },
  dropPrevious: { method: 'DELETE', path: `${certificatePath}/previous` },
  getPropagation: { method: 'GET', path: `${certificatePath}/propagation` },
} as const satisfies Routes

const planPlace = { path: `${certificatePath}/plan` } as const
const issuersPath = `${accountPath}/issuers` as const

export const planRoutes = {
  listIssuers: { method: 'GET', path: issuersPath },
  listSources: { method: 'GET', path: `${accountPath}/sources` },
  downloadIssuerCa: { method: 'GET', path: `${issuersPath}/{profile}/ca` },
  issueCertificate: { method: 'POST', path: `${certificatesPath}/issue` },
  getPlan: { method: 'GET', ...planPlace },
  setPlan: { method: 'PUT', ...planPlace },
  removePlan: { method: 'DELETE', ...planPlace },
  runPlan: { method: 'POST', path: `${certificatePath}/plan/run` },
  replaceAllOfIssuer: { method: 'POST', path: `${certificatesPath}/replace` },
} as const satisfies Routes

const handoversPath = `${certificatePath}/handovers` as const

export const handoverRoutes = {
  createHandover: { method: 'POST', path: handoversPath },
  listHandovers: { method: 'GET', path: handoversPath },
  revokeHandover: { method: 'DELETE', path: `${handoversPath}/{handoverId}` },
  getRegistrationFacts: { method: 'GET', path: `${certificatePath}/registration-facts` },
  openHandover: { method: 'POST', path: '/mtls/handovers/open', open: true },
  answerHandover: { method: 'POST', path: '/mtls/handovers/answer', open: true },
} as const satisfies Routes

const allMappings = { path: mappingsPath, alsoAt: acCommonPath } as const
const mappingPlaces = { path: `${mappingsPath}/{mappingId}`, alsoAt: `${acCommonPath}/{mappingId}` } as const

export const mappingRoutes = {
  createMappings: { method: 'POST', ...allMappings },
  listMappings: { method: 'GET', ...allMappings },
  updateMappings: { method: 'PUT', ...allMappings },
  getMapping: { method: 'GET', ...mappingPlaces },
  updateMapping: { method: 'PUT', ...mappingPlaces },
  deleteMapping: { method: 'DELETE', ...mappingPlaces },
  explainMapping: { method: 'POST', path: `${mappingsPath}/explain` },
} as const satisfies Routes

const trustsPath = `${accountPath}/trusts` as const
const trustPlace = { path: `${trustsPath}/{trust}` } as const

export const trustRoutes = {
  listTrusts: { method: 'GET', path: trustsPath },
  getTrust: { method: 'GET', ...trustPlace },
  setTrust: { method: 'PUT', ...trustPlace },
  deleteTrust: { method: 'DELETE', ...trustPlace },
} as const satisfies Routes

export const targetCaRoutes = {
  fetchTargetCa: { method: 'POST', path: `${accountPath}/target-ca` },
} as const satisfies Routes

export const activationRoutes = {
  activateCertificate: { method: 'POST', path: `${certificatesPath}/activate/{certificateId}` },
} as const satisfies Routes

export const trialRoutes = {
  tryCertificate: { method: 'POST', path: `${certificatePath}/trial` },
} as const satisfies Routes

export const keyTesterRoutes = {
  testP12: { method: 'POST', path: `${accountPath}/p12-test/multipart` },
} as const satisfies Routes

const appKeysPath = `${accountPath}/app-keys` as const

export const appKeyRoutes = {
  createAppKey: { method: 'POST', path: appKeysPath },
  listAppKeys: { method: 'GET', path: appKeysPath },
  deleteAppKey: { method: 'DELETE', path: `${appKeysPath}/{appKey}` },
} as const satisfies Routes

const invitationsPath = `${accountPath}/invitations` as const

export const invitationRoutes = {
  createInvitation: { method: 'POST', path: invitationsPath },
  listInvitations: { method: 'GET', path: invitationsPath },
  revokeInvitation: { method: 'DELETE', path: `${invitationsPath}/{invitationId}` },
  describeInvitation: { method: 'POST', path: '/mtls/invitations/describe', open: true },
  redeemInvitation: { method: 'POST', path: '/mtls/invitations/redeem', open: true },
} as const satisfies Routes

const signingKeysPath = `${accountPath}/signing-keys` as const

export const signingKeyRoutes = {
  createSigningKey: { method: 'POST', path: signingKeysPath },
  listSigningKeys: { method: 'GET', path: signingKeysPath },
  activateSigningKey: { method: 'POST', path: `${signingKeysPath}/{kid}/activate` },
  deleteSigningKey: { method: 'DELETE', path: `${signingKeysPath}/{kid}` },
  getJwks: { method: 'GET', path: `${accountPath}/jwks.json`, open: true },
} as const satisfies Routes

const approvalsPath = `${accountPath}/approvals` as const
const approvalPath = `${approvalsPath}/{approvalId}` as const

export const approvalRoutes = {
  listApprovals: { method: 'GET', path: approvalsPath },
  getApproval: { method: 'GET', path: approvalPath },
  approve: { method: 'POST', path: `${approvalPath}/approve` },
  refuse: { method: 'POST', path: `${approvalPath}/refuse` },
} as const satisfies Routes

const settingsPath = `${accountPath}/settings` as const

export const accountRoutes = {
  getSettings: { method: 'GET', path: settingsPath },
  changeSettings: { method: 'PUT', path: settingsPath },
  testWebhook: { method: 'POST', path: `${settingsPath}/webhook/test` },
  testNotice: { method: 'POST', path: `${settingsPath}/notices/{noticeId}/test` },
  listChanges: { method: 'GET', path: `${accountPath}/audit` },
} as const satisfies Routes

const documentPlace = { path: `${accountPath}/document` } as const

export const documentRoutes = {
  getDocument: { method: 'GET', ...documentPlace },
  applyDocument: { method: 'PUT', ...documentPlace },
} as const satisfies Routes

export const callRoutes = {
  listCalls: { method: 'GET', path: `${accountPath}/calls` },
} as const satisfies Routes

export const checkMappingRoutes = {
  checkMapping: { method: 'POST', path: '/mtls/mapping' },
  checkMappingOfAccount: { method: 'POST', path: `${accountPath}/mapping` },
} as const satisfies Routes

export const tokenTestRoutes = {
  testToken: { method: 'POST', path: `${mappingsPath}/{mappingId}/token` },
} as const satisfies Routes

export const forwardRoutes = {
  forwardGet: { method: 'GET', path: accountPath },
  forwardHead: { method: 'HEAD', path: accountPath },
  forwardPost: { method: 'POST', path: accountPath },
  forwardPut: { method: 'PUT', path: accountPath },
  forwardPatch: { method: 'PATCH', path: accountPath },
  forwardDelete: { method: 'DELETE', path: accountPath },
} as const satisfies Routes

const belowBaseUrl = { path: `${baseUrlPath}/${restOfPath}` } as const

export const baseUrlRoutes = {
  forwardGetTo: { method: 'GET', ...belowBaseUrl },
  forwardHeadTo: { method: 'HEAD', ...belowBaseUrl },
  forwardPostTo: { method: 'POST', ...belowBaseUrl },
  forwardPutTo: { method: 'PUT', ...belowBaseUrl },
  forwardPatchTo: { method: 'PATCH', ...belowBaseUrl },
  forwardDeleteTo: { method: 'DELETE', ...belowBaseUrl },
} as const satisfies Routes

export const acmeRoutes = {
  answerAcmeChallenge: { method: 'GET', path: '/.well-known/acme-challenge/{token}', open: true },
} as const satisfies Routes

export const healthRoutes = {
  getLiveness: { method: 'GET', path: '/health/live', open: true },
  getReadiness: { method: 'GET', path: '/health/ready', open: true },
} as const satisfies Routes
