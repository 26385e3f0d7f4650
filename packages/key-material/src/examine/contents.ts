import type { Certificate } from '../certificate/certificate.ts'
import type { PrivateKey } from '../certificate/private-key.ts'
import type { JavaFile } from '../java/file-rules.ts'
import type { Problem } from '../report/report.ts'

/** What an input held, whatever its format. */
export interface Contents {
  readonly keys: readonly PrivateKey[]
  readonly certificates: readonly Certificate[]
  /** What is weak about the container. */
  readonly problems: readonly Problem[]
  /** The file as Java would meet it that looks for this key; undefined for PEM. */
  readonly javaFile?: (key: PrivateKey) => JavaFile
}
