export { answerFaults, type GivenAnswer, type GivenRequest } from './answer-faults.ts'
export { configApi } from './config-api.ts'
export type { Form, FormFile, FormPart } from './form.ts'
export { forwarderApi } from './forwarder-api.ts'
export { headerNames } from './headers.ts'
export { defaultAuditPage, limits } from './limits.ts'
export { findOperation, methodsAt, pathsOf } from './match-path.ts'
export type {
  Answer,
  AnswerHeader,
  CredentialKind,
  CredentialRule,
  HeaderField,
  Method,
  Operation,
  RequestBody,
  ServiceContract,
} from './operation.ts'
export { operationsById } from './operation.ts'
export { accountOperations } from './operations/account.ts'
export { type ActivationQuery, activationOperations } from './operations/activation.ts'
export { appKeyOperations } from './operations/app-keys.ts'
export { certificateOperations } from './operations/certificates.ts'
export { checkMappingOperations } from './operations/check-mapping.ts'
export { forwardOperations } from './operations/forward.ts'
export { healthOperations } from './operations/health.ts'
export { keyTesterOperations, testCallMethods } from './operations/key-tester.ts'
export { mappingOperations } from './operations/mappings.ts'
export { type PromotionQuery, rotationOperations } from './operations/rotation.ts'
export { signingRequestOperations } from './operations/signing-requests.ts'
export { stagingForm, testForm, uploadForm } from './operations/upload-form.ts'
export { problemCodes } from './problem-codes.ts'
export { problemStatus } from './problem-status.ts'
export * from './schemas/app-key.ts'
export * from './schemas/audit-entry.ts'
export * from './schemas/certificate.ts'
export * from './schemas/certificate-upload.ts'
export * from './schemas/check-mapping.ts'
export * from './schemas/explanation.ts'
export type { Liveness, Readiness } from './schemas/health.ts'
export * from './schemas/mapping.ts'
export type { PageQuery } from './schemas/page.ts'
export * from './schemas/probe.ts'
export type { Problem } from './schemas/problem.ts'
export * from './schemas/propagation.ts'
export type { ReportedProblem } from './schemas/reported-problem.ts'
export type { FailedCertificate, SaveResult } from './schemas/save-result.ts'
export * from './schemas/settings.ts'
export * from './schemas/signing-request.ts'
export type { TestCall, TracedHandshake } from './schemas/test-call.ts'
export type { TestReport } from './schemas/test-report.ts'
export type { Trial } from './schemas/trial.ts'
export type { SentAs, WireOf } from './wire.ts'
