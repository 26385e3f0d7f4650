import type { ServiceCatalogue } from '@mtls-gateway/domain'
import type { CertificateRule, ClaimCondition } from '@mtls-gateway/request-auth'
import { z } from 'zod'
import {
  beyondServices,
  conditions,
  evenIfFaulty,
  grants,
  hasOneOf,
  isWithinServices,
  pattern,
  readEntries,
} from './rules-file.ts'

const condition = z
  .strictObject({
    san: z.exactOptional(z.enum(['uri', 'dns'])),
    subject: z.exactOptional(z.string().regex(/^[A-Za-z0-9.]{1,64}$/, 'is not the name of a part, such as CN or O')),
    matches: pattern,
  })
  .refine((each) => hasOneOf(each, 'san', 'subject'), evenIfFaulty('needs san or subject'))
  .transform(({ san, subject = '', matches }): ClaimCondition => {
    if (san === undefined) return { claim: ['subject', subject], matches }
    // Upper and lower case make no difference in DNS names.
    return { claim: [san], matches: san === 'dns' ? matches.toLowerCase() : matches }
  })

/**
 * @param file path of the rules in JSON
 * @throws CodedError `CONFIGURATION_INVALID` that reports all errors at once, each with the line of its rule
 */
export function readCallerRules(file: string, catalogue: ServiceCatalogue): readonly CertificateRule[] {
  const nameOf = (_: unknown, index: number) => `rule ${index + 1}`
  const rules = { variable: 'CALLER_CERTIFICATE_RULES_FILE', file, list: 'rules', example: '{"when": ...}', nameOf }
  // Whoever means every certificate of the CAs can say so: {"subject": "CN", "matches": "*"}.
  const when = conditions(condition).refine((list) => list.length > 0, 'is empty')
  const rule = z.strictObject({ when, ...grants(catalogue) })
  return readEntries(rules, rule.refine(isWithinServices, evenIfFaulty(beyondServices)))
}
