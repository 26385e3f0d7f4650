import type { Certificate } from '../certificate/certificate.ts'
import type { PrivateKey } from '../certificate/private-key.ts'
import type { JavaFile } from '../java-compatibility/file-rules.ts'
import type { Problem } from '../report/report.ts'

/** The contents of an input, in any format. */
export interface Contents {
  readonly keys: readonly PrivateKey[]
  readonly certificates: readonly Certificate[]
  /** Weaknesses of the container. */
  readonly problems: readonly Problem[]
  /** The file as Java would see it when it looks for this key; undefined for PEM. */
  readonly javaFile?: (key: PrivateKey) => JavaFile
}
