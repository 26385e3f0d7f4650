export { chooseError } from './choose-error.ts'
export type { KeyMaterialInput } from './input.ts'
export { type JavaVersion, javaVersions } from './java/versions.ts'
export { KeyMaterialPool, type KeyMaterialPoolOptions } from './pool/key-material-pool.ts'
export { renderReport } from './render-report.ts'
export type {
  ChainReport,
  ContainerReport,
  Examination,
  KeyMaterial,
  KeyReport,
  Problem,
  TestReport,
} from './report.ts'
export { type WarningCode, warningCodes } from './warning-codes.ts'
