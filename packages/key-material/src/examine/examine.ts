import { findIdentity, type Identity } from '../certificate/identity.ts'
import type { PrivateKey } from '../certificate/private-key.ts'
import { warning } from '../checks/problems.ts'
import type { KeyMaterialInput } from '../input/key-material-input.ts'
import { IterationBudget } from '../pkcs12/iteration-budget.ts'
import { keepOneEntry } from '../report/commands.ts'
import type { Examination, KeyMaterial, Problem } from '../report/report.ts'
import { certify } from './certify.ts'
import type { Contents } from './contents.ts'
import { readPem } from './read-pem.ts'
import { readPkcs12 } from './read-pkcs12.ts'
import { ReportDraft } from './report-draft.ts'

export interface ExamineOptions {
  /** The limit for key derivation iterations, in total. */
  readonly allowance: number
  readonly now: Date
}

/**
 * Reads and checks a tenant's file. Works in this process, so run it in a child, see {@link KeyMaterialPool}.
 *
 * @throws NeedsExpensiveChild if the file needs more iterations than allowed; nothing has been derived then
 */
export function examine(input: KeyMaterialInput, options: ExamineOptions): Examination {
  const draft = new ReportDraft()
  const material = draft.attempt(() => {
    const contents = readContents(input, new IterationBudget(options.allowance), draft)
    return check(contents, draft, options.now)
  })
  return material && draft.usable ? { report: draft.finish(), material } : { report: draft.finish() }
}

function readContents(input: KeyMaterialInput, budget: IterationBudget, draft: ReportDraft): Contents {
  if (input.kind === 'pem') return readPem(input, budget, draft)
  return readPkcs12(Buffer.from(input.bytes), input.password, budget, draft)
}

function check(contents: Contents, draft: ReportDraft, now: Date): KeyMaterial {
  const { keys, certificates, javaFile } = contents
  draft.keys = keys
  draft.chain = certificates
  draft.problems.push(...contents.problems)
  const identity = findIdentity(keys, certificates, now)
  const chain = certify(identity, certificates, { draft, now, javaFile: javaFile?.(identity.key) })
  draft.problems.push(...otherKeys(identity, keys))
  return { privateKey: identity.key.key.export({ type: 'pkcs8', format: 'pem' }).toString(), ...chain }
}

function otherKeys({ key }: Identity, keys: readonly PrivateKey[]): Problem[] {
  const others = keys.filter(({ spki }) => !spki.equals(key.spki)).length
  if (others === 0) return []
  return [
    warning(
      'OTHER_KEYS_LEFT_OUT',
      `${others} more private keys in the file have no certificate and are left out.`,
      keepOneEntry,
    ),
  ]
}
