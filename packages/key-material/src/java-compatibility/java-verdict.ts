import { type JavaVersion, javaVersions } from '@mtls-gateway/domain'
import type { CertifiedIdentity } from '../certificate/identity.ts'
import { warning } from '../checks/problems.ts'
import { needsLegacyProvider } from '../pkcs12/legacy.ts'
import { exportAgain, newKeyAndRequest } from '../report/commands.ts'
import type { Problem } from '../report/report.ts'
import { fileRules, type JavaFile } from './file-rules.ts'
import { identityRules, type JavaChain, tlsRules } from './identity-rules.ts'
import type { JavaRule } from './rule.ts'

export interface JavaVerdict {
  readonly readableBy: readonly JavaVersion[]
  readonly compliant: boolean
  /** Why it is not compliant. */
  readonly problems: readonly Problem[]
}

interface Finding {
  readonly rule: Pick<JavaRule<never>, 'code' | 'fails' | 'source'>
  readonly reason: string
}

/**
 * Which versions of Java can read a file and use what is inside, by the tables of rules.
 *
 * @param file undefined for PEM: the result is then for the same key and certificate in a PKCS#12 file
 */
export function javaVerdict(file: JavaFile | undefined, identity: CertifiedIdentity, chain: JavaChain): JavaVerdict {
  const ofFile = file ? findings(fileRules, file) : []
  const ofIdentity = findings(identityRules, identity)
  const inTls = findings(tlsRules, chain)
  const readableBy = javaVersions.filter((version) =>
    [...ofFile, ...ofIdentity].every(({ rule }) => !rule.fails.includes(version)),
  )
  return {
    readableBy,
    compliant: inTls.length === 0 && javaVersions.every((version) => version === '8' || readableBy.includes(version)),
    problems: [
      ...worthTelling(ofFile).map((finding) =>
        asProblem(finding, exportAgain({ legacy: needsLegacyProvider(file?.encryptions ?? []) })),
      ),
      ...worthTelling([...ofIdentity, ...inTls]).map((finding) => asProblem(finding, newKeyAndRequest)),
    ],
  }
}

function findings<Subject>(rules: readonly JavaRule<Subject>[], subject: Subject): Finding[] {
  return rules.flatMap((rule) => {
    const reason = rule.reason(subject)
    return reason === undefined ? [] : [{ rule, reason }]
  })
}

/** If only "8" can't read it, that is not a problem: every modern file is like that. */
function worthTelling(findings: readonly Finding[]): Finding[] {
  return findings.filter(({ rule }) => rule.fails.some((version) => version !== '8'))
}

function asProblem({ rule, reason }: Finding, mend: string): Problem {
  const versions = rule.fails.length === javaVersions.length ? 'Java' : `Java ${rule.fails.join(', ')}`
  const what = rule.code === 'JAVA_TLS_REFUSES' ? 'refuses it in TLS' : "can't use it as it is"
  return warning(rule.code, `${versions} ${what}: ${reason} (${rule.source}).`, mend)
}
