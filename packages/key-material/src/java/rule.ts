import type { JavaVersion, WarningCode } from '@mtls-gateway/domain'

/** One thing that some versions of Java can't do. */
export interface JavaRule<Subject> {
  readonly code: WarningCode
  /** The versions that fail. */
  readonly fails: readonly JavaVersion[]
  /** Where the rule is from: a JDK issue, a class of the JDK, a security property. */
  readonly source: string
  /** What it is about this one, as the end of "Java ... can't use it: "; undefined if the rule does not apply. */
  readonly reason: (subject: Subject) => string | undefined
}
