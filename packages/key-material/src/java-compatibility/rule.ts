import type { JavaVersion, WarningCode } from '@mtls-gateway/domain'

/** One thing that some versions of Java can't do. */
export interface JavaRule<Subject> {
  readonly code: WarningCode
  /** The versions that fail. */
  readonly fails: readonly JavaVersion[]
  /** The source of the rule: a JDK issue, a class of the JDK, a security property. */
  readonly source: string
  /** The reason, which completes "Java ... can't use it: "; undefined if the rule does not apply. */
  readonly reason: (subject: Subject) => string | undefined
}
