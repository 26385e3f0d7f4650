export type { AccountCa } from './account-ca/make-ca.ts'
export type { SignOrder } from './account-ca/sign-request.ts'
export { type CertificateDetails, certificateDetails } from './examine/certificate-details.ts'
export { type ChainDescription, describeChain } from './examine/describe-chain.ts'
export { type RegistrationFacts, registrationFacts } from './examine/registration-facts.ts'
export type { KeyMaterialInput } from './input/key-material-input.ts'
export type { SignedInput } from './input/signed-input.ts'
export { childIsolation } from './pool/child.ts'
export { KeyMaterialPool, type KeyMaterialPoolOptions } from './pool/key-material-pool.ts'
export { chooseError } from './report/choose-error.ts'
export { renderReport } from './report/render-report.ts'
export type {
  CertifiedChain,
  ChainReport,
  ContainerReport,
  EidasReport,
  Examination,
  KeyMaterial,
  KeyReport,
  Problem,
  SignedExamination,
  TestReport,
} from './report/report.ts'
export type {
  AskedCertificate,
  RevocationAnswer,
  RevocationAnswerInput,
  RevocationFault,
  RevocationStatus,
} from './revocation/revocation-answer.ts'
export { ocspRequest, type RevocationQuestion, revocationQuestion } from './revocation/revocation-question.ts'
export type { MadeSigningKey } from './signing-key/make-signing-key.ts'
export type {
  RequestSpec,
  SigningRequest,
  SubjectAltName,
  SubjectPart,
} from './signing-request/request-spec.ts'
export type { TrustedCas, TrustedCasInput, TrustedCasRefusal } from './trust/trusted-cas.ts'
