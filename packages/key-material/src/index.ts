export { chooseError } from './choose-error.ts'
export { type ChainDescription, describeChain } from './describe-chain.ts'
export type { KeyMaterialInput } from './input.ts'
export { childIsolation } from './pool/child.ts'
export { KeyMaterialPool, type KeyMaterialPoolOptions } from './pool/key-material-pool.ts'
export { renderReport } from './render-report.ts'
export type {
  CertifiedChain,
  ChainReport,
  ContainerReport,
  Examination,
  KeyMaterial,
  KeyReport,
  Problem,
  SignedExamination,
  TestReport,
} from './report.ts'
export type {
  RequestSpec,
  SigningRequest,
  SubjectAltName,
  SubjectPart,
} from './request/request-spec.ts'
export type { SignedInput } from './signed-input.ts'
export type { TrustedCas, TrustedCasInput, TrustedCasRefusal } from './trust/trusted-cas.ts'
