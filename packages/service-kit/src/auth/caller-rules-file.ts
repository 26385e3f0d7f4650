import type { ServiceCatalogue } from '@mtls-gateway/domain'
import type { CertificateRule, ClaimCondition } from '@mtls-gateway/request-auth'
import { z } from 'zod'
import {
  conditions,
  countOf,
  faultOf,
  faultsOfServices,
  pattern,
  type RawEntry,
  readEntries,
  ruleGrants,
  servicesOf,
} from './rules-file.ts'

const condition = z.strictObject({
  san: z.exactOptional(z.enum(['uri', 'dns'])),
  subject: z.exactOptional(z.string().regex(/^[A-Za-z0-9.]{1,64}$/, 'is not the name of a part, such as CN or O')),
  matches: pattern,
})

const ruleSchema = z.strictObject({ when: conditions(condition), ...ruleGrants })

/**
 * @param file path of the rules in JSON
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the line of its rule
 */
export function readCallerRules(file: string, catalogue: ServiceCatalogue): readonly CertificateRule[] {
  const rules = { variable: 'CALLER_CERTIFICATE_RULES_FILE', file, list: 'rules', example: '{"when": ...}' }
  return readEntries(rules, (raw, index) => {
    const result = ruleSchema.safeParse(raw)
    const faults = [...(result.error?.issues ?? []).map(faultOf), ...contradictions(raw, catalogue)]
    const entry = result.success && faults.length === 0 ? ruleOf(result.data, catalogue) : undefined
    return { name: `rule ${index + 1}`, faults, entry }
  })
}

function contradictions(rule: RawEntry, catalogue: ServiceCatalogue): readonly string[] {
  const faults = faultsOfServices(rule, '', catalogue)
  const absent = ['accounts', 'scopes'].filter((name) => rule[name] === undefined).map((name) => `${name} is required`)
  const given = [rule.when ?? []].flat()
  const wrong = given.flatMap((each, index) => {
    const isOne = each instanceof Object && countOf({ ...each }, 'san', 'subject') === 1
    return isOne ? [] : [`when.${index} needs san or subject`]
  })
  // Whoever means every certificate of the CAs can say so: {"subject": "CN", "matches": "*"}.
  return [...faults, ...absent, ...wrong, ...(given.length === 0 && rule.when !== undefined ? ['when is empty'] : [])]
}

function ruleOf(
  { when, accounts, scopes, services }: z.infer<typeof ruleSchema>,
  catalogue: ServiceCatalogue,
): CertificateRule {
  return {
    when: when.map(conditionOf),
    accounts: accounts === '*' ? accounts : new Set(accounts),
    scopes: new Set(scopes),
    ...servicesOf(services, catalogue),
  }
}

/** Upper and lower case make no difference in DNS names. */
function conditionOf({ san, subject = '', matches }: z.infer<typeof condition>): ClaimCondition {
  if (san === undefined) return { claim: ['subject', subject], matches }
  return { claim: [san], matches: san === 'dns' ? matches.toLowerCase() : matches }
}
